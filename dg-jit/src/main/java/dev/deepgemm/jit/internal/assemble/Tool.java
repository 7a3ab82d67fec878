package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Problem;
import dev.deepgemm.jit.kernel.JitException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Programs of a CUDA toolkit: where they are and how they are run. */
public final class Tool {
  private Tool() {}

  /** A program on the PATH. */
  public static Optional<Path> onPath(String name, @Nullable String path) {
    return folders(path).stream()
        .map(folder -> folder.resolve(name))
        .filter(candidate -> Files.isRegularFile(candidate) && Files.isExecutable(candidate))
        .findFirst();
  }

  /** The folders that a variable like PATH lists; what is no folder's name is left out. */
  static List<Path> folders(@Nullable String path) {
    List<Path> folders = new ArrayList<>();
    if (path != null) {
      for (String folder : path.split(Pattern.quote(File.pathSeparator))) {
        try {
          if (!folder.isEmpty()) {
            folders.add(Path.of(folder));
          }
        } catch (InvalidPathException e) {
          // Somebody else's broken entry; the next one may do.
          continue;
        }
      }
    }
    return folders;
  }

  public static List<String> with(List<String> command, String argument) {
    List<String> longer = new ArrayList<>(command);
    longer.add(argument);
    return longer;
  }

  /** Exit status, and what was printed to both streams. */
  public record Outcome(int code, String output) {}

  /**
   * Runs a command; what it prints goes through a file, so that a full pipe cannot stop it.
   *
   * @throws JitException if it does not finish in time ({@code DG-JIT-05}) or the thread is interrupted
   *     ({@code DG-JIT-06})
   */
  public static Outcome run(List<String> command, Duration timeout) throws IOException {
    Path output = Files.createTempFile("deepgemm-tool", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new JitException(
              Problem.of(
                  "DG-JIT-05",
                  "%s did not finish within %d s and was stopped; choose another assembler with"
                      + " DG_JIT_ASSEMBLER",
                  String.join(" ", command),
                  timeout.toSeconds()));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new JitException(
            Problem.of("DG-JIT-06", "interrupted while %s ran", String.join(" ", command)), e);
      } finally {
        process.destroyForcibly();
      }
      return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
