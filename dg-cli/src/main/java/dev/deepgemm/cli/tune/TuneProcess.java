package dev.deepgemm.cli.tune;

import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.distribution.Distribution;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Measures in a process of its own, and in another one where that loses the device: a context that a
 * kernel broke cannot be mended from within, and a kernel that hangs ends with its process only.
 */
final class TuneProcess {
  /** Exit code of a process that lost the device and wrote what it has. */
  static final int LOST = 75;

  /** Each costs a kernel; so many bad ones mean that something else is wrong. */
  private static final int MOST_RESTARTS = 20;

  private final ToIntFunction<List<String>> start;

  /** Starts real processes. */
  TuneProcess() {
    this(TuneProcess::start);
  }

  /**
   * @param start runs {@code dg} with arguments and returns its exit code
   */
  TuneProcess(ToIntFunction<List<String>> start) {
    this.start = start;
  }

  /** The exit code of the last process. */
  int run(List<String> arguments) {
    int code = start.applyAsInt(arguments);
    List<String> onwards = new ArrayList<>(arguments);
    if (!onwards.contains("--resume")) {
      onwards.add("--resume");
    }
    for (int restart = 0; code == LOST && restart < MOST_RESTARTS; restart++) {
      code = start.applyAsInt(onwards);
    }
    return code;
  }

  private static int start(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseParallelGC", "-XX:-UsePerfData"));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    System.getProperties()
        .forEach(
            (key, value) -> {
              if (key.toString().startsWith("dg.")) {
                command.add("-D" + key + "=" + value);
              }
            });
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Distribution.MAIN_CLASS));
    command.addAll(arguments);
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException(Problem.of("DG-TUNE-02", "interrupted while a measurement ran"), e);
    }
  }
}
