package dev.deepgemm.benchmarks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.sm90.Sm90Spec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A configuration that was never asked for, and one that was. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SelectionBenchmark {
  private static final int N = 4096;
  private static final int K = 7168;
  private static final int MOST_M = 8192;

  private final Sm90Spec arch = new Sm90Spec();
  private final ConfigSelector selector = ConfigSelector.create(Options.defaults());
  private final DeepGemm gemm = DeepGemm.builder().arch("sm90").build();
  private final GemmDesc[] problems = new GemmDesc[MOST_M];
  private int m;

  /** One problem for every number of rows. */
  public SelectionBenchmark() {
    for (int rows = 1; rows <= MOST_M; rows++) {
      problems[rows - 1] = GemmDesc.fp8(rows, N, K);
    }
  }

  private GemmDesc next() {
    m = (m + 1) % MOST_M;
    return problems[m];
  }

  /** All candidates of a problem. */
  @Benchmark
  public GemmConfig selected() {
    return selector.select(arch, next());
  }

  /** The facade's answer for a problem that it has met; 8,192 of them in turn. */
  @Benchmark
  public GemmConfig memoised() {
    return gemm.config(next());
  }

  /** The same, always for one problem: what is left without the misses of the processor's caches. */
  @Benchmark
  public GemmConfig memoisedAgain() {
    return gemm.config(problems[0]);
  }

  /** Lets go of the device, if one was looked for. */
  @TearDown
  public void close() {
    gemm.close();
  }
}
