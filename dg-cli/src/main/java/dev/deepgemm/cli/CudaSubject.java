package dev.deepgemm.cli;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.jit.GpuGraph;
import dev.deepgemm.testkit.GemmData;
import dev.deepgemm.testkit.GemmError;
import dev.deepgemm.testkit.GemmOutput;
import dev.deepgemm.testkit.GemmReference;
import dev.deepgemm.testkit.HostMatrix;
import dev.deepgemm.testkit.Tolerance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A product on a GPU: random inputs, a poisoned output, one launch that is compared with the reference,
 * then a CUDA graph of launches over copies of the inputs that do not fit the L2 cache together.
 */
final class CudaSubject implements BenchSubject {
  /** Input sets together exceed this, and the L2 cache four times. */
  private static final long ROTATED_BYTES = 250_000_000;

  private static final int L2_MULTIPLE = 4;
  private static final int MOST_SETS = 32;
  private static final int SAMPLED_LINES = 16;

  private final CudaMachine gpu;
  private final GemmConfig config;
  private final Machine.Prepared prepared;
  private final GemmRun run;
  private final GemmError error;
  private final Tolerance tolerance;
  private final List<String> problems = new ArrayList<>();
  private final List<GemmOperands> sets = new ArrayList<>();
  private final int launches;
  private @Nullable GpuGraph graph;

  /**
   * Checks a product.
   *
   * @param iterations about how many launches one replay has; 0 if nothing will be timed
   */
  CudaSubject(CudaMachine gpu, BenchCase one, long seed, int iterations) {
    this.gpu = gpu;
    GemmDesc desc = one.desc();
    GemmData data = GemmData.random(desc, seed);
    this.config = gpu.configure(desc);
    this.prepared = gpu.prepare(config);
    this.run = GemmRun.upload(gpu, config, data);
    run.launch();
    run.fetch();
    this.tolerance = Tolerance.of(desc);
    this.error = GemmReference.sampled(data, SAMPLED_LINES, seed).compare(run.d());
    problems.addAll(run.poisonProblems());
    if (!error.within(tolerance)) {
      problems.add("the result is out of tolerance");
    }
    sets.add(run.operands());
    if (iterations > 0) {
      copySets(GemmRun.bytes(data, run.output()));
    }
    // Whole rounds, so that every set is launched as often as every other.
    this.launches = Math.max(1, iterations / sets.size()) * sets.size();
  }

  private void copySets(long setBytes) {
    long wanted = Math.max(ROTATED_BYTES, (long) L2_MULTIPLE * gpu.l2Bytes()) / setBytes + 1;
    int count = (int) Math.max(2, Math.min(MOST_SETS, wanted));
    while (sets.size() < count) {
      sets.add(run.duplicate(gpu));
    }
  }

  @Override
  public GemmConfig config() {
    return config;
  }

  @Override
  public Machine.Prepared prepared() {
    return prepared;
  }

  @Override
  public GemmError error() {
    return error;
  }

  @Override
  public Tolerance tolerance() {
    return tolerance;
  }

  @Override
  public int sets() {
    return sets.size();
  }

  @Override
  public int launches() {
    return launches;
  }

  @Override
  public double[] time(int replays) {
    if (graph == null) {
      graph = gpu.graph(config, sets, launches);
    }
    return gpu.replayMicros(graph, launches, replays);
  }

  @Override
  public List<String> problems() {
    List<String> all = new ArrayList<>(problems);
    if (graph != null) {
      HostMatrix expected = run.d();
      HostMatrix again = GemmOutput.poisoned(expected.type(), config.desc().m(), config.desc().n());
      for (int i = 0; i < sets.size(); i++) {
        gpu.download(sets.get(i).d().address(), again);
        if (!GemmOutput.unguarded(again).sameElements(expected)) {
          all.add("timed launches give another result than the first (input set " + i + ")");
        }
      }
    }
    return all;
  }

  @Override
  public void close() {
    if (graph != null) {
      graph.close();
    }
    gpu.freeAll();
  }
}
