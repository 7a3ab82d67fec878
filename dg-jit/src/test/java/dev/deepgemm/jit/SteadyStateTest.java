package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.jit.call.GemmCall;
import dev.deepgemm.jit.call.Gemms;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.jit.internal.cuda.LaunchBlock;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpecs;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A call with the same shape and new pointers, with the real selector, SM90's rules and plans, and the real
 * layout of arguments in native memory; only the driver's own functions are stand-ins.
 */
class SteadyStateTest {
  private static final int WARM_UP = 20_000;
  private static final int CALLS = 10_000;
  private static final int ROUNDS = 10;
  private static final long STREAM = 0x5000;

  @TempDir Path folder;

  private final FakeDriver driver = new FakeDriver();
  private final CountingMaps maps = new CountingMaps();
  private Gpu gpu;
  private DeepGemm gemm;

  /** Stand-ins that allocate no more than the driver's functions do. */
  private static final class CountingMaps implements LaunchBlock.TensorMaps {
    private int encoded;
    private int replaced;

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
      encoded++;
    }

    @Override
    public void replaceAddress(long map, long address) {
      replaced++;
    }
  }

  @BeforeEach
  void open() {
    gpu = Gpu.open(driver, OptionalInt.empty());
    gemm =
        DeepGemm.builder()
            .options(
                Options.defaults()
                    .with(Options.JIT_CACHE_DIR, folder.toString())
                    .with(Options.JIT_ASSEMBLER, "linker"))
            .archs(ArchSpecs.of(List.of(new Sm90Spec())))
            .gpu(gpu)
            .build();
  }

  @AfterEach
  void close() {
    gemm.close();
    gpu.close();
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  private static GemmOperands fp8(int i, int m, int n, int k) {
    long base = 0x7f00_0000_0000L + i * 0x1000L;
    return GemmOperands.of(
        new DeviceMatrix(base, k),
        new DeviceMatrix(base + 0x100, k),
        new DeviceMatrix(base + 0x200, n),
        new DeviceMatrix(base + 0x300, m),
        new DeviceMatrix(base + 0x400, k / 128));
  }

  private static GemmOperands bf16(int i, int n, int k) {
    GemmOperands like = fp8(i, 4, n, k);
    return GemmOperands.unscaled(like.a(), like.b(), like.d());
  }

  private void launch(GemmDesc[] descs, GemmOperands[] operands, int calls) {
    for (int i = 0; i < calls; i++) {
      gemm.gemm(descs[i % descs.length], operands[i % operands.length], STREAM);
    }
  }

  @Test
  void steadyState_allocatesNothing() {
    assumeTrue(
        ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean
            && bean.isThreadAllocatedMemorySupported(),
        "this JVM does not count what a thread allocates");
    driver.layout = new LaunchBlock(maps);
    // Two problems in turn, so that templates change as they do from layer to layer.
    GemmDesc[] descs = {
      GemmDesc.fp8(128, 4096, 7168), GemmDesc.bf16(64, 2112, 7168, DataType.BF16)
    };
    GemmOperands[] operands = new GemmOperands[64];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = i % 2 == 0 ? fp8(i, 128, 4096, 7168) : bf16(i, 2112, 7168);
    }
    launch(descs, operands, WARM_UP);
    // The JVM allocates now and then for itself; what a call allocates, it
    // allocates in every round.
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = allocated();
      launch(descs, operands, CALLS);
      least = Math.min(least, allocated() - before);
    }
    assertTrue(least < CALLS / 10, least + " bytes in " + CALLS + " calls");
    // A, B and scales of A, and A and B: both are stored by the warps that hold them.
    assertEquals(5, maps.encoded, "each tensor map of the two problems, once");
    assertTrue(maps.replaced > 2 * CALLS, maps.replaced + " tensor maps moved");
  }

  @Test
  void callsByName_allocateNothing_whenTheyAreRunAgain() {
    assumeTrue(
        ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean
            && bean.isThreadAllocatedMemorySupported(),
        "this JVM does not count what a thread allocates");
    driver.layout = new LaunchBlock(maps);
    Signature gradient =
        Signature.FP8
            .withScaling(ScaleScheme.FP32_1D1D)
            .withOutput(DataType.FP32)
            .withAccumulate(true);
    GemmCall[] calls = {
      Gemms.dense(gradient)
          .size(2112, 7168, 4096)
          .a(0x1000)
          .b(0x2000)
          .scalesA(0x3000)
          .scalesB(0x4000)
          .c(0x5000)
          .d(0x5000)
          .build(),
      Gemms.dense(Signature.BF16.withMajors(Major.K, Major.MN))
          .size(64, 2112, 7168)
          .a(0x1000)
          .b(0x2000)
          .d(0x3000)
          .build()
    };
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = allocated();
      for (int i = 0; i < WARM_UP; i++) {
        gemm.run(calls[i % 2], STREAM);
      }
      least = Math.min(least, allocated() - before);
    }
    assertTrue(least < WARM_UP / 10, least + " bytes in " + WARM_UP + " calls");
  }

  @Test
  void configuration_isSelectedOnce() {
    GemmDesc desc = GemmDesc.fp8(77, 4096, 7168);
    GemmConfig first = gemm.config(desc);
    assertSame(first, gemm.config(GemmDesc.fp8(77, 4096, 7168)));
    gemm.prepare(desc);
    assertEquals(first, gemm.config(desc));
  }

  @Test
  void otherStrides_areAnotherLaunch() {
    GemmDesc desc = GemmDesc.bf16(64, 512, 1024, DataType.BF16);
    for (int round = 0; round < 2; round++) {
      for (long stride = 1024; stride < 1024 + 12 * 8; stride += 8) {
        GemmOperands operands =
            GemmOperands.unscaled(
                new DeviceMatrix(0x1000, stride),
                new DeviceMatrix(0x2000, 1024),
                new DeviceMatrix(0x3000, 512));
        gemm.gemm(desc, operands, STREAM);
        assertEquals(
            gemm.plan(desc, operands), driver.launches.get(driver.launches.size() - 1).plan());
      }
    }
  }
}
