package dev.deepgemm.measure.bench;

import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.jit.GpuGraph;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.machine.GemmInputs;
import dev.deepgemm.measure.machine.GemmRun;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmOutput;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.reference.Tolerance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One configuration of a product on a GPU: poisoned outputs, one launch that is compared with the
 * reference, then a CUDA graph of launches that rotates over the product's input sets.
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

  /** Checks a launch on the first of the inputs. */
  CudaTrial(
      CudaMachine gpu,
      GemmConfig config,
      boolean constantWeights,
      List<GemmInputs> inputs,
      GemmReference reference,
      Tolerance tolerance,
      int launches) {
    this.gpu = gpu;
    this.config = config;
    this.launches = launches;
    this.prepared = gpu.prepare(config);
    this.run = GemmRun.over(gpu, config, inputs.get(0), constantWeights);
    DeviceMatrix first = run.operands().d();
    sets.add(run.operands());
    for (GemmInputs more : inputs.subList(1, inputs.size())) {
      // Nothing was launched yet, so this copies poison.
      DeviceMatrix output = new DeviceMatrix(gpu.duplicate(first.address()), first.stride());
      sets.add(more.operands(output).withConstantB(constantWeights));
    }
    run.launch();
    run.fetch();
    this.error = reference.compare(run.d());
    problems.addAll(run.poisonProblems());
    if (!error.within(tolerance)) {
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
  }
}
