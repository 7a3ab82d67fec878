package dev.deepgemm.cli.warmup;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.measure.warmup.Warmup;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar with rate and estimate where a person watches; nothing in a log file, where it would be a
 * thousand lines.
 */
final class WarmupBar implements Warmup.Progress, AutoCloseable {
  private static final int REDRAW_MILLIS = 200;

  private final ProgressBar bar;

  private WarmupBar(ProgressBar bar) {
    this.bar = bar;
  }

  /** A bar on the error stream. */
  static WarmupBar of(int kernels) {
    return new WarmupBar(
        new ProgressBarBuilder()
            .setTaskName("dg warmup")
            .setInitialMax(kernels)
            .setUpdateIntervalMillis(REDRAW_MILLIS)
            .setStyle(ProgressBarStyle.ASCII)
            .setUnit(" kernels", 1)
            .showSpeed()
            .build());
  }

  /** Whether anybody would see a bar. */
  static boolean isWatched() {
    // A console is there if neither input nor output is redirected;
    // later versions of Java say more.
    return System.console() != null;
  }

  @Override
  public void done(KernelSpec kernel) {
    bar.step();
  }

  @Override
  public void close() {
    bar.close();
  }
}
