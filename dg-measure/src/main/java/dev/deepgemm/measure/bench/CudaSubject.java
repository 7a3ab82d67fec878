package dev.deepgemm.measure.bench;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.machine.GemmInputs;
import dev.deepgemm.measure.machine.GemmOutputs;
import dev.deepgemm.measure.machine.GemmRun;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.Tolerance;
import java.util.ArrayList;
import java.util.List;

/**
 * A product on a GPU: random inputs, in copies that do not fit the L2 cache together.
 *
 * <p>They are uploaded once for all trials, since they are what is large and slow to make. Outputs are
 * each trial's own: what its last timed launches wrote must still be there to be looked at when others
 * had their turn.
 */
public final class CudaSubject implements BenchSubject {
  /** Input sets together exceed this, and the L2 cache four times. */
  private static final long ROTATED_BYTES = 250_000_000;

  private static final int L2_MULTIPLE = 4;
  private static final int MOST_SETS = 32;
  private static final int SAMPLED_LINES = 16;

  private final CudaMachine gpu;
  private final GemmDesc desc;
  private final Tolerance tolerance;
  private final GemmReference reference;
  private final GemmOutputs outputs;
  private final List<GemmInputs> sets = new ArrayList<>();
  private final List<CudaTrial> trials = new ArrayList<>();
  private final int launches;

  /**
   * Uploads a product.
   *
   * @param iterations about how many launches one replay has; 0 if nothing will be timed
   */
  public CudaSubject(CudaMachine gpu, BenchCase one, long seed, int iterations) {
    this.gpu = gpu;
    this.desc = one.desc();
    this.tolerance = Tolerance.of(desc);
    GemmData data = GemmData.random(desc, seed);
    this.reference = GemmReference.sampled(data, SAMPLED_LINES, seed);
    this.outputs = GemmOutputs.of(data);
    sets.add(GemmInputs.upload(gpu, data));
    if (iterations > 0) {
      copySets(GemmRun.bytes(data, outputs.initial()));
    }
    // Whole rounds, so that every set is launched as often as every other.
    this.launches = Math.max(1, iterations / sets.size()) * sets.size();
  }

  private void copySets(long setBytes) {
    long wanted = Math.max(ROTATED_BYTES, (long) L2_MULTIPLE * gpu.l2Bytes()) / setBytes + 1;
    int count = (int) Math.max(2, Math.min(MOST_SETS, wanted));
    while (sets.size() < count) {
      sets.add(sets.get(0).duplicate(gpu));
    }
  }

  @Override
  public GemmConfig config(Heuristics policy) {
    return gpu.configure(desc, policy);
  }

  @Override
  public CudaTrial open(GemmConfig config, boolean constantWeights) {
    CudaTrial trial =
        new CudaTrial(
            gpu,
            config,
            constantWeights,
            new CudaTrial.Product(sets, outputs, reference, tolerance, launches));
    trials.add(trial);
    return trial;
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
  public void close() {
    trials.forEach(CudaTrial::close);
    gpu.freeAll();
  }
}
