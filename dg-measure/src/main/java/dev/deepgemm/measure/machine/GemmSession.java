package dev.deepgemm.measure.machine;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.measure.Progress;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.reference.Tolerance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Products on one machine: prepared, launched, checked and timed. */
public final class GemmSession {
  /** Rows and columns, of each so many, that are compared with the reference. */
  private static final int SAMPLED_LINES = 16;

  /** Input sets together exceed the L2 cache so many times. */
  private static final int L2_MULTIPLE = 4;

  private static final int MOST_SETS = 16;
  private static final int TMA_BYTES = 16;

  private final Machine machine;
  private final Progress progress;

  public GemmSession(Machine machine, Progress progress) {
    this.machine = machine;
    this.progress = progress;
  }

  /** A product and what there is to say about it. */
  public record Computed(HostMatrix d, GemmReport report) {}

  /** All but upload and launch. */
  public GemmReport planned(GemmDesc desc, Machine.Prepared prepared) {
    return new GemmReport(
        machine.name(),
        machine.description(),
        machine.configure(desc),
        prepared,
        null,
        null,
        List.of(),
        List.of());
  }

  /** Random inputs, one cold launch, a check, and the time of warm launches on a GPU. */
  public GemmReport checked(GemmDesc desc, long seed, int iterations) {
    GemmData data = whole(desc, GemmData.random(desc, seed));
    Launched launched = launch(desc, data);
    Tolerance tolerance = Tolerance.of(desc);
    GemmReport.Check check = check(data, launched, tolerance);
    List<String> problems = new ArrayList<>(launched.run.poisonProblems());
    if (!check.error().within(tolerance)) {
      problems.add("the result is out of tolerance");
    }
    GemmReport.@Nullable Timing timing = null;
    if (iterations > 0 && machine instanceof CudaMachine gpu) {
      timing = time(gpu, data, launched, iterations, problems);
    }
    return report(launched, check, timing, problems);
  }

  /** The caller's inputs, one launch, the product; the error is reported and not judged. */
  public Computed compute(GemmDesc desc, GemmData inputs) {
    GemmData data = whole(desc, inputs);
    Launched launched = launch(desc, data);
    GemmReport.Check check = check(data, launched, null);
    List<String> problems = launched.run.poisonProblems();
    return new Computed(
        launched.run.d().firstColumns(inputs.n()), report(launched, check, null, problems));
  }

  private record Launched(
      GemmConfig config, Machine.Prepared prepared, GemmRun run, long coldNanos) {}

  /** What is launched for inputs: TMA writes rows of whole 16 bytes, so n may have to grow. */
  private static GemmData whole(GemmDesc desc, GemmData data) {
    return data.withPaddedN(TMA_BYTES / desc.dType().bytes());
  }

  private Launched launch(GemmDesc problem, GemmData data) {
    GemmDesc desc = problem.withN(data.n());
    GemmConfig config = machine.configure(desc);
    Machine.Prepared prepared = machine.prepare(config);
    GemmRun run = GemmRun.upload(machine, config, data);
    long start = System.nanoTime();
    if (machine instanceof EmulatorMachine) {
      progress.watch("emulating", EmulatorMachine.seconds(desc), run::written, () -> run.launch());
    } else {
      run.launch();
    }
    long nanos = System.nanoTime() - start;
    run.fetch();
    return new Launched(config, prepared, run, nanos);
  }

  private GemmReport.Check check(GemmData data, Launched launched, @Nullable Tolerance tolerance) {
    GemmReference reference = GemmReference.sampled(data, SAMPLED_LINES, 1);
    GemmError error = reference.compare(launched.run.d());
    return new GemmReport.Check(error, tolerance, reference.elements());
  }

  private GemmReport report(
      Launched launched,
      GemmReport.Check check,
      GemmReport.@Nullable Timing timing,
      List<String> problems) {
    return new GemmReport(
        machine.name(),
        machine.description(),
        launched.config,
        launched.prepared,
        check,
        timing,
        problems,
        List.of(GemmReport.note("first launch %.1f ms, host included", launched.coldNanos / 1e6)));
  }

  private GemmReport.Timing time(
      CudaMachine gpu, GemmData data, Launched launched, int iterations, List<String> problems) {
    long setBytes = GemmRun.bytes(data, launched.run.output());
    long wanted = (long) L2_MULTIPLE * gpu.l2Bytes() / setBytes + 1;
    int count = (int) Math.max(2, Math.min(MOST_SETS, wanted));
    List<GemmOperands> sets = new ArrayList<>(List.of(launched.run.operands()));
    while (sets.size() < count) {
      sets.add(launched.run.duplicate(gpu));
    }
    // Whole rounds, so that every set is launched as often as every other.
    int launches = Math.max(1, iterations / count) * count;
    launched.run.reset();
    HostMatrix expected = launched.run.d();
    double micros = gpu.warmMicros(launched.config, sets, launches);
    for (int i = 0; i < sets.size(); i++) {
      launched
          .run
          .outputs()
          .timedProblems(gpu, sets.get(i).d(), expected, "input set " + i)
          .forEach(problems::add);
    }
    return new GemmReport.Timing(micros, launches, sets.size(), setBytes);
  }
}
