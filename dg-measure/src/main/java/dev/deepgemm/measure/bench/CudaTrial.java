package dev.deepgemm.measure.bench;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.jit.GpuGraph;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.machine.GemmInputs;
import dev.deepgemm.measure.machine.GemmOutputs;
import dev.deepgemm.measure.machine.GemmRun;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.reference.Tolerance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One configuration of a product on a GPU: poisoned outputs, one launch that is compared with the
 * reference, then a CUDA graph of launches that rotates over the product's input sets. Where the product is
 * added to C, D holds C before that one launch; the timed ones go on adding.
 */
final class CudaTrial implements BenchSubject.Trial, AutoCloseable {
  private final CudaMachine gpu;
  private final GemmConfig config;
  private final Machine.Prepared prepared;
  private final GemmRun run;
  private final GemmError error;
  private final List<String> problems = new ArrayList<>();
  private final List<GemmOperands> sets = new ArrayList<>();
  private final int launches;
  private @Nullable GpuGraph graph;

  /**
   * What the trials of a product share.
   *
   * @param sets inputs, used in turn
   * @param outputs what each output is before the first launch
   * @param reference what the product is
   * @param tolerance how far from it a result may be
   * @param launches of one replay
   */
  record Product(
      List<GemmInputs> sets,
      GemmOutputs outputs,
      GemmReference reference,
      Tolerance tolerance,
      int launches) {}

  /** Checks a launch on the first of the inputs. */
  CudaTrial(CudaMachine gpu, GemmConfig config, boolean constantWeights, Product product) {
    this.gpu = gpu;
    this.config = config;
    this.launches = product.launches;
    this.prepared = gpu.prepare(config);
    List<GemmInputs> inputs = product.sets;
    this.run = GemmRun.over(gpu, config, inputs.get(0), product.outputs, constantWeights);
    DeviceMatrix first = run.operands().d();
    sets.add(run.operands());
    for (GemmInputs more : inputs.subList(1, inputs.size())) {
      // Nothing was launched yet, so this copies poison, or C.
      DeviceMatrix output = first.at(gpu.duplicate(first.address()));
      sets.add(more.operands(output).withConstantB(constantWeights));
    }
    run.launch();
    run.fetch();
    this.error = product.reference.compare(run.d());
    problems.addAll(run.poisonProblems());
    if (!error.within(product.tolerance)) {
      problems.add("the result is out of tolerance");
    }
  }

  /** What it launches on, in turn. */
  List<GemmOperands> operands() {
    return List.copyOf(sets);
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
      for (int i = 0; i < sets.size(); i++) {
        all.addAll(run.outputs().timedProblems(gpu, sets.get(i).d(), expected, "input set " + i));
      }
    }
    return all;
  }

  @Override
  public void close() {
    if (graph != null) {
      graph.close();
    }
  }
}
