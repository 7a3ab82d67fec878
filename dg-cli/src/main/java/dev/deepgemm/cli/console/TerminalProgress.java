package dev.deepgemm.cli.console;

import dev.deepgemm.measure.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** Tells a human that something is under way: lines, and a bar for what takes long. */
public final class TerminalProgress implements Progress {
  /** Shorter than that needs no bar. */
  private static final double SHORT_SECONDS = 5;

  private static final int STEPS = 1000;

  private final PrintWriter out;

  public TerminalProgress(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void say(String what) {
    out.println("dg: " + what);
    out.flush();
  }

  @Override
  public void watch(String what, double estimateSeconds, DoubleSupplier done, Runnable work) {
    if (estimateSeconds < SHORT_SECONDS) {
      work.run();
      return;
    }
    say(String.format(Locale.ROOT, "%s, about %s", what, duration(estimateSeconds)));
    if (!terminal()) {
      work.run();
      return;
    }
    ScheduledExecutorService watcher =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(what)
            .setInitialMax(STEPS)
            .setUpdateIntervalMillis(500)
            .hideEta()
            .build()) {
      long interval = Math.max(500, (long) (1000 * estimateSeconds / 200));
      watcher.scheduleWithFixedDelay(
          () -> bar.stepTo((long) (STEPS * done.getAsDouble())),
          interval,
          interval,
          TimeUnit.MILLISECONDS);
      work.run();
      bar.stepTo(STEPS);
    } finally {
      watcher.shutdownNow();
    }
  }

  private static final class Bar implements Count {
    private final @Nullable ProgressBar bar;

    private Bar(@Nullable ProgressBar bar) {
      this.bar = bar;
    }

    @Override
    public void step() {
      if (bar != null) {
        bar.step();
      }
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }

  @Override
  public Count count(String what, int steps) {
    return new Bar(
        !terminal()
            ? null
            : new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(steps)
                .setUpdateIntervalMillis(1000)
                .build());
  }

  /** A log file gains nothing from a bar. */
  private static boolean terminal() {
    return System.console() != null;
  }

  /** A time as a human would say it. */
  public static String duration(double seconds) {
    Duration time = Duration.ofMillis((long) (seconds * 1000));
    if (time.toHours() >= 2) {
      return time.toHours() + " hours";
    }
    if (time.toMinutes() >= 2) {
      return time.toMinutes() + " minutes";
    }
    return Math.max(1, time.toSeconds()) + " s";
  }
}
