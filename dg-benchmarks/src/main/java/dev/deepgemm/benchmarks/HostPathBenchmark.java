package dev.deepgemm.benchmarks;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.internal.cuda.LaunchBlock;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.KernelProvider;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The parts of a call that are Java's, without a driver; of the JIT's internals it sees the block in which
 * launches are laid out. With a driver, {@code dg bench host} measures the whole.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HostPathBenchmark {
  private static final int SETS = 64;

  private final KernelProvider kernels = new Sm90Spec().kernels().orElseThrow();
  private final GemmConfig config =
      ConfigSelector.create(Options.defaults())
          .select(new Sm90Spec(), GemmDesc.fp8(128, 4096, 7168));
  private final GemmOperands[] operands = new GemmOperands[SETS];
  private final LaunchBlock block = new LaunchBlock(new NoMaps());
  private final LaunchTemplate template;
  private final LaunchTemplate other;
  private int i;

  /** Operands at different places, and templates of the same launch. */
  public HostPathBenchmark() {
    for (int set = 0; set < SETS; set++) {
      long base = 0x7f00_0000_0000L + set * 0x1000L;
      operands[set] =
          GemmOperands.of(
              new DeviceMatrix(base, 7168),
              new DeviceMatrix(base + 0x100, 7168),
              new DeviceMatrix(base + 0x200, 4096),
              new DeviceMatrix(base + 0x300, 128),
              new DeviceMatrix(base + 0x400, 56));
    }
    template = LaunchTemplate.of(kernels.plan(config, operands[0]), operands[0]);
    other = LaunchTemplate.of(kernels.plan(config, operands[0]), operands[0]);
  }

  /** The driver's functions, without a driver: of a map there is but the address, where H100s have it. */
  private static final class NoMaps implements LaunchBlock.TensorMaps {
    @Override
    public void encode(
        long map,
        int dataType,
        int rank,
        long address,
        long dims,
        long strides,
        long box,
        long elementStrides,
        int swizzle,
        int l2Promotion) {
      replaceAddress(map, address);
    }

    @Override
    public void replaceAddress(long map, long address) {
      new Pointer(map).setLong(0, address);
    }
  }

  private GemmOperands next() {
    i = (i + 1) % SETS;
    return operands[i];
  }

  /** The rules that operands are held against at every call. */
  @Benchmark
  public List<Problem> check() {
    return kernels.check(config.desc(), next());
  }

  /** What a call would cost that plans anew. */
  @Benchmark
  public LaunchPlan plan() {
    return kernels.plan(config, next());
  }

  /** New addresses in the launch that was laid out last. */
  @Benchmark
  public long refill() {
    block.fill(template, next());
    return block.config(0, false);
  }

  /** Two launches in turn, as from layer to layer. */
  @Benchmark
  public long alternate() {
    block.fill(i % 2 == 0 ? template : other, next());
    return block.config(0, false);
  }

  /** A C function of one argument: what the way into native code costs, and nothing behind it. */
  @Benchmark
  public long nativeCall() {
    return Libc.labs(i);
  }

  private static final class Libc {
    static {
      Native.register(Libc.class, NativeLibrary.getInstance("c"));
    }

    static native long labs(long value);
  }
}
