package dev.deepgemm.testkit.conformance.run;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code ptxas} of a CUDA toolkit, found on the PATH. */
final class PtxasOnPath implements KernelAssembler {
  private static final Pattern VERSION = Pattern.compile("\\bV(\\d+\\.\\d+\\.\\d+)");
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
  private static final Pattern STACK = Pattern.compile("(\\d+) bytes stack frame");
  private static final Pattern STORES = Pattern.compile("(\\d+) bytes spill stores");
  private static final Pattern LOADS = Pattern.compile("(\\d+) bytes spill loads");
  private static final Pattern SMEM = Pattern.compile("(\\d+) bytes smem");
  private static final int TIMEOUT_SECONDS = 120;

  private final @Nullable Path executable;

  PtxasOnPath(Options options) {
    this.executable = find(options.foreign("PATH"));
  }

  private static @Nullable Path find(@Nullable String path) {
    if (path == null) {
      return null;
    }
    for (String folder : path.split(Pattern.quote(File.pathSeparator))) {
      try {
        Path candidate = Path.of(folder, "ptxas");
        if (!folder.isEmpty() && Files.isExecutable(candidate)) {
          return candidate;
        }
      } catch (InvalidPathException e) {
        // Somebody else's broken PATH entry; the next one may do.
      }
    }
    return null;
  }

  @Override
  public String description() {
    if (executable == null) {
      return "no ptxas on the PATH";
    }
    try {
      Matcher version = VERSION.matcher(run(List.of(executable.toString(), "--version")).output);
      return "ptxas " + (version.find() ? version.group(1) : "of an unknown version");
    } catch (IOException e) {
      return executable + " cannot be run: " + e.getMessage();
    }
  }

  @Override
  public Optional<String> unavailable(String target) {
    return executable == null ? Optional.of("no ptxas on the PATH") : Optional.empty();
  }

  @Override
  public Assembly assemble(PtxModule module) {
    if (executable == null) {
      throw new IllegalStateException("no ptxas on the PATH");
    }
    try {
      Path source = Files.createTempFile("deepgemm-conformance", ".ptx");
      try {
        Files.writeString(source, module.text(), StandardCharsets.UTF_8);
        Outcome outcome =
            run(
                List.of(
                    executable.toString(),
                    "-arch=" + module.target(),
                    "-O3",
                    "-v",
                    source.toString(),
                    "-o",
                    File.separatorChar == '/' ? "/dev/null" : "NUL"));
        String log = outcome.output;
        return new Assembly(
            outcome.code == 0,
            log,
            number(REGISTERS, log),
            number(STORES, log) + number(LOADS, log),
            number(STACK, log),
            number(SMEM, log));
      } finally {
        Files.deleteIfExists(source);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("ptxas could not assemble " + module.entry(), e);
    }
  }

  private static int number(Pattern pattern, String log) {
    Matcher matcher = pattern.matcher(log);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private record Outcome(int code, String output) {}

  /** What the command prints goes through a file, so that a full pipe cannot stop it. */
  private static Outcome run(List<String> command) throws IOException {
    Path output = Files.createTempFile("deepgemm-conformance", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          throw new IOException(command + " did not finish within " + TIMEOUT_SECONDS + " s");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while " + command + " ran", e);
      } finally {
        process.destroyForcibly();
      }
      return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
