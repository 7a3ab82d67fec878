package dev.deepgemm.benchmarks;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.KernelProvider;
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

/** PTX of a large kernel of each type, from its identity. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EmissionBenchmark {
  private final KernelProvider kernels = new Sm90Spec().kernels().orElseThrow();
  private final KernelSpec fp8 = kernel(GemmDesc.fp8(4096, 4096, 7168));
  private final KernelSpec bf16 = kernel(GemmDesc.bf16(4096, 4096, 7168, DataType.BF16));

  private static KernelSpec kernel(GemmDesc desc) {
    return ConfigSelector.create(Options.defaults()).select(new Sm90Spec(), desc).kernel();
  }

  /** FP8. */
  @Benchmark
  public PtxModule fp8() {
    return kernels.emit(fp8);
  }

  /** BF16. */
  @Benchmark
  public PtxModule bf16() {
    return kernels.emit(bf16);
  }
}
