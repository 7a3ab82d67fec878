package dev.deepgemm.measure.sweep;

import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.measure.Failures;
import dev.deepgemm.measure.Progress;
import dev.deepgemm.measure.machine.GemmRun;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.reference.Tolerance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Prepares the kernels of a sweep in parallel, launches them one by one, and compares everything. */
public final class SweepRunner {
  /** A launch takes milliseconds on a GPU and seconds on the emulator; a hanging one never ends. */
  private static final int LAUNCH_SECONDS = 300;

  private final Machine machine;
  private final long seed;
  private final Progress progress;
  private final Map<SweepShape, Inputs> inputs = new LinkedHashMap<>();

  public SweepRunner(Machine machine, long seed, Progress progress) {
    this.machine = machine;
    this.seed = seed;
    this.progress = progress;
  }

  /** What is shared by all launches of a shape. */
  private record Inputs(
      GemmRun run, HostMatrix initial, GemmReference reference, Tolerance tolerance) {}

  /** A launch did not end: nothing more can be done with the device. */
  public static final class Hang extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Emits, assembles and loads the kernels.
   *
   * @return what is wrong with the kernels that could not be
   */
  public Map<String, String> prepare(List<SweepCase> cases, int threads)
      throws InterruptedException {
    Map<String, SweepCase> kernels = new LinkedHashMap<>();
    cases.forEach(one -> kernels.putIfAbsent(one.config().kernel().id(), one));
    Map<String, String> broken = new ConcurrentHashMap<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (Progress.Count count = progress.count("preparing", kernels.size())) {
      for (SweepCase one : kernels.values()) {
        pool.execute(
            () -> {
              try {
                machine.prepare(one.config());
              } catch (RuntimeException e) {
                broken.put(one.config().kernel().id(), Failures.message(e));
              }
              count.step();
            });
      }
      pool.shutdown();
      if (!pool.awaitTermination(1, TimeUnit.DAYS)) {
        throw new IllegalStateException("kernels are still being prepared after a day");
      }
    } finally {
      pool.shutdownNow();
    }
    return broken;
  }

  /** Launches all cases; each result is handed over as soon as it is known. */
  public void launch(
      List<SweepCase> cases, Map<String, String> broken, Consumer<SweepResult> results)
      throws InterruptedException {
    ExecutorService launcher =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "launcher");
              thread.setDaemon(true);
              return thread;
            });
    try (Progress.Count count = progress.count("launching", cases.size())) {
      for (SweepCase one : cases) {
        String reason = broken.get(one.config().kernel().id());
        results.accept(
            reason == null
                ? guarded(launcher, one, results)
                : new SweepResult(one, null, List.of("not prepared: " + reason)));
        count.step();
      }
    } finally {
      launcher.shutdownNow();
    }
  }

  private SweepResult guarded(
      ExecutorService launcher, SweepCase one, Consumer<SweepResult> results)
      throws InterruptedException {
    Future<SweepResult> future = launcher.submit(() -> run(one));
    try {
      return future.get(LAUNCH_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      results.accept(
          new SweepResult(one, null, List.of("hangs: not done after " + LAUNCH_SECONDS + " s")));
      throw new Hang();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      SweepResult failed = new SweepResult(one, null, List.of(Failures.message(cause)));
      if (cause instanceof CudaException lost) {
        // An illegal access takes the context with it; what follows would only echo it.
        results.accept(failed);
        throw lost;
      }
      return failed;
    }
  }

  private SweepResult run(SweepCase one) {
    Inputs shared = inputs.computeIfAbsent(one.shape(), shape -> inputs(one));
    GemmOperands operands = shared.run.operands();
    machine.overwrite(operands.d().address(), shared.initial);
    machine.run(one.config(), operands);
    shared.run.fetch();
    GemmError error = shared.reference.compare(shared.run.d());
    List<String> problems = new ArrayList<>(shared.run.poisonProblems());
    if (!error.within(shared.tolerance)) {
      problems.add(
          String.format(
              Locale.ROOT,
              "relative error %.3e (legal: %.1e), worst element %.3e (legal: %.1e) at [%d, %d]",
              error.relative(),
              shared.tolerance.relative(),
              error.worst(),
              shared.tolerance.worst(),
              error.worstRow(),
              error.worstCol()));
    }
    return new SweepResult(one, error, problems);
  }

  private Inputs inputs(SweepCase one) {
    GemmData data = GemmData.random(one.config().desc(), seed);
    GemmRun run = GemmRun.upload(machine, one.config(), data);
    return new Inputs(
        run, run.outputs().initial(), GemmReference.full(data), Tolerance.of(one.config().desc()));
  }
}
