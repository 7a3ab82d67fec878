package dev.deepgemm.measure.tune;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.measure.Failures;
import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.tune.TuneResult.Measured;
import dev.deepgemm.measure.tune.TuneSubject.Trial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures the candidates of one problem after the other.
 *
 * <p>Most candidates are slow, and a quick look shows it: only those within {@link #WORTH_MORE} of the
 * best so far get a number that is worth comparing. At the end the best and the classic one are measured
 * again in turn, several times, so that drift hits them alike and luck averages out.
 *
 * <p>A candidate that fails, gives a wrong result or hangs is one record with a problem. If it took the
 * device with it, {@link Lost} says so, after everything that was measured has been handed over.
 */
public final class TuneRunner {
  /** Times the best so far, up to which a candidate is measured for good. */
  static final double WORTH_MORE = 1.3;

  /** Largest relative distance from the classic configuration's result. */
  static final double LARGEST_DIFFERENCE = 5e-3;

  private static final int QUICK_REPLAYS = 2;
  private static final int REPLAYS = 3;

  private final TuneSubject.Source source;
  private final Finals finals;
  private final Duration patience;
  private final BooleanSupplier timeIsUp;

  /**
   * The measurements that decide.
   *
   * @param finalists how many of the fastest take part, the classic configuration aside
   * @param rounds how often each has its turn
   */
  public record Finals(int finalists, int rounds) {}

  /**
   * @param patience how long anything about one candidate may take before it counts as hanging
   * @param timeIsUp asked before every candidate; once true, the run ends with what it has
   */
  public TuneRunner(
      TuneSubject.Source source, Finals finals, Duration patience, BooleanSupplier timeIsUp) {
    this.source = source;
    this.finals = finals;
    this.patience = patience;
    this.timeIsUp = timeIsUp;
  }

  /** The device is of no use to this process any more. */
  public static final class Lost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Lost(String message) {
      super(message);
    }
  }

  /** Hands over each problem's result as soon as it is known; false if time was up before the end. */
  public boolean run(List<TuneProblem> problems, Consumer<TuneResult> results) {
    ExecutorService launcher =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "launcher");
              thread.setDaemon(true);
              return thread;
            });
    try {
      for (TuneProblem problem : problems) {
        if (timeIsUp.getAsBoolean()) {
          return false;
        }
        OneProblem one = new OneProblem(problem, launcher);
        try {
          one.run();
        } finally {
          results.accept(one.result());
        }
        if (!one.complete) {
          return false;
        }
      }
      return true;
    } finally {
      launcher.shutdownNow();
    }
  }

  /** The state of one problem's measurement. */
  private final class OneProblem {
    private final TuneProblem problem;
    private final ExecutorService launcher;
    private final Map<GemmConfig, Measured> measured = new LinkedHashMap<>();
    private double best = Double.POSITIVE_INFINITY;
    private boolean complete;

    OneProblem(TuneProblem problem, ExecutorService launcher) {
      this.problem = problem;
      this.launcher = launcher;
    }

    TuneResult result() {
      return new TuneResult(problem, List.copyOf(measured.values()), complete);
    }

    public void run() {
      TuneSubject subject;
      try {
        subject = guarded(() -> source.open(problem));
      } catch (Failure e) {
        // Inputs that do not fit the memory, say; the other problems may do better.
        fail(problem.classic(), e.getMessage());
        complete = true;
        if (e.hangs) {
          throw new Lost(e.getMessage());
        }
        return;
      }
      boolean usable = true;
      try {
        run(subject);
      } catch (Lost e) {
        usable = false;
        throw e;
      } finally {
        if (usable) {
          subject.close();
        }
      }
    }

    private void run(TuneSubject subject) {
      Map<String, String> broken = subject.load(problem.candidates());
      for (GemmConfig config : problem.candidates()) {
        if (timeIsUp.getAsBoolean()) {
          return;
        }
        String reason = broken.get(config.kernel().id());
        if (reason == null) {
          attempt(subject, config, () -> look(subject, config));
        } else {
          fail(config, "not prepared: " + reason);
        }
        if (config.equals(problem.classic()) && !measuredWell(config)) {
          // Nothing to compare the others with.
          complete = true;
          return;
        }
      }
      complete = finals(subject);
    }

    private boolean measuredWell(GemmConfig config) {
      Measured known = measured.get(config);
      return known != null && known.passed();
    }

    private void attempt(TuneSubject subject, GemmConfig config, Callable<Measured> work) {
      try {
        Measured now = guarded(work);
        measured.put(config, now);
        if (now.passed()) {
          best = Math.min(best, now.micros());
        }
      } catch (Failure e) {
        fail(config, e.getMessage());
        if (e.hangs || (e.ofDevice && !alive(subject))) {
          throw new Lost(config.kernel().id() + ": " + e.getMessage());
        }
      }
    }

    private boolean alive(TuneSubject subject) {
      try {
        return guarded(subject::alive);
      } catch (Failure e) {
        return false;
      }
    }

    private void fail(GemmConfig config, String why) {
      measured.put(config, new Measured(config, Double.NaN, 0, Double.NaN, why));
    }

    private Measured look(TuneSubject subject, GemmConfig config) {
      try (Trial trial = subject.open(config)) {
        boolean first = config.equals(problem.classic());
        double quick = Arrays.stream(trial.time(QUICK_REPLAYS)).min().orElse(Double.NaN);
        if (first) {
          subject.keepAsReference();
        }
        double difference = trial.difference();
        if (!(difference < LARGEST_DIFFERENCE)) {
          String text = "the result differs from the classic one by %.2e, relative";
          return new Measured(
              config, quick, 0, difference, String.format(Locale.ROOT, text, difference));
        }
        return quick <= WORTH_MORE * best
            ? new Measured(
                config, Percentiles.of(better(subject, trial)).median(), REPLAYS, difference, null)
            : new Measured(config, quick, QUICK_REPLAYS, difference, null);
      }
    }

    /** Good enough to tell who takes part in the finals. */
    private double[] better(TuneSubject subject, Trial trial) {
      return subject.heats() ? trial.settledTime(REPLAYS) : trial.time(REPLAYS);
    }

    /** The best and the classic one again, in turn; false if time was up. */
    private boolean finals(TuneSubject subject) {
      List<GemmConfig> finalists =
          new ArrayList<>(
              measured.values().stream()
                  .filter(one -> one.passed() && one.replays() >= REPLAYS)
                  .sorted(Comparator.comparingDouble(Measured::micros))
                  .limit(finals.finalists())
                  .map(Measured::config)
                  .toList());
      if (!finalists.contains(problem.classic())) {
        finalists.add(problem.classic());
      }
      Map<GemmConfig, List<Double>> times = new LinkedHashMap<>();
      for (int round = 0; round < finals.rounds(); round++) {
        for (GemmConfig config : finalists) {
          if (timeIsUp.getAsBoolean()) {
            return false;
          }
          if (measuredWell(config)) {
            List<Double> all = times.computeIfAbsent(config, key -> new ArrayList<>());
            attempt(subject, config, () -> again(subject, config, all));
          }
        }
      }
      return true;
    }

    private Measured again(TuneSubject subject, GemmConfig config, List<Double> all) {
      try (Trial trial = subject.open(config)) {
        Arrays.stream(trial.settledTime(REPLAYS)).forEach(all::add);
        Measured before = measured.get(config);
        double difference = before == null ? Double.NaN : before.difference();
        return new Measured(config, Percentiles.of(all).median(), all.size(), difference, null);
      }
    }

    private <T> T guarded(Callable<T> work) throws Failure {
      Future<T> future = launcher.submit(work);
      try {
        return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        throw new Failure("hangs: not done after " + patience.toSeconds() + " s", true, true);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Failure("interrupted", true, true);
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (cause instanceof Error error && !(cause instanceof AssertionError)) {
          throw error;
        }
        throw new Failure(Failures.message(cause), false, cause instanceof CudaException);
      }
    }
  }

  private static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;
    final boolean hangs;
    final boolean ofDevice;

    Failure(@Nullable String message, boolean hangs, boolean ofDevice) {
      super(message);
      this.hangs = hangs;
      this.ofDevice = ofDevice;
    }

    @Override
    public String getMessage() {
      String message = super.getMessage();
      return message == null ? "no message" : message;
    }
  }
}
