package dev.deepgemm.jit;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code ptxas} of a CUDA toolkit, found on the PATH, run as a process. */
final class PtxasAssembler implements Assembler {
  private static final Pattern VERSION = Pattern.compile("\\bV(\\d+\\.\\d+\\.\\d+)");

  // The slowest kernel seen took seconds; a hanging ptxas must not hang a server for ever.
  private static final Duration TIMEOUT = Duration.ofSeconds(120);

  private final Optional<Path> executable;
  private final Duration timeout;
  private @Nullable Probe probe;

  /** What {@code ptxas --version} said: a version, or why there is none. */
  private record Probe(String version, String problem) {}

  PtxasAssembler(Options options) {
    this(onPath(options.foreign("PATH")), TIMEOUT);
  }

  PtxasAssembler(Optional<Path> executable, Duration timeout) {
    this.executable = executable;
    this.timeout = timeout;
  }

  private static Optional<Path> onPath(@Nullable String path) {
    if (path == null) {
      return Optional.empty();
    }
    for (String folder : path.split(Pattern.quote(File.pathSeparator))) {
      try {
        Path candidate = Path.of(folder, "ptxas");
        if (!folder.isEmpty() && Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
          return Optional.of(candidate);
        }
      } catch (InvalidPathException e) {
        // Somebody else's broken PATH entry; the next one may do.
      }
    }
    return Optional.empty();
  }

  @Override
  public String id() {
    return "ptxas";
  }

  @Override
  public String version() {
    Probe found = probe();
    if (!found.problem.isEmpty()) {
      throw new JitException(Problem.of("DG-JIT-02", "assembler ptxas: %s", found.problem));
    }
    return found.version;
  }

  @Override
  public List<String> options(String target) {
    return List.of("-arch=" + target, "-O3", "-v");
  }

  @Override
  public Optional<String> unavailable() {
    String problem = probe().problem;
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  @Override
  public Optional<String> refusal(PtxModule module) {
    String version = version();
    // CUDA 12.0 brought PTX ISA 8.0 and the target sm_90a, below which there are no kernels here.
    return Integer.parseInt(version.substring(0, version.indexOf('.'))) >= 12
        ? Optional.empty()
        : Optional.of("version " + version + " is too old, 12.0 knows sm_90a");
  }

  private synchronized Probe probe() {
    if (probe == null) {
      probe = executable.isEmpty() ? new Probe("", "no ptxas on the PATH") : ask(executable.get());
    }
    return probe;
  }

  private Probe ask(Path ptxas) {
    try {
      Outcome outcome = run(List.of(ptxas.toString(), "--version"));
      Matcher version = VERSION.matcher(outcome.output);
      return outcome.code == 0 && version.find()
          ? new Probe(version.group(1), "")
          : new Probe(
              "", ptxas + " --version returned " + outcome.code + ": " + outcome.output.strip());
    } catch (IOException e) {
      return new Probe("", ptxas + " cannot be run: " + e.getMessage());
    }
  }

  @Override
  public Cubin assemble(PtxModule module) {
    version();
    Path ptxas = executable.orElseThrow();
    try {
      Path folder = Files.createTempDirectory("deepgemm-ptxas");
      try {
        Path source = folder.resolve("kernel.ptx");
        Path target = folder.resolve("kernel.cubin");
        Files.writeString(source, module.text(), StandardCharsets.UTF_8);
        List<String> command = new ArrayList<>();
        command.add(ptxas.toString());
        command.addAll(options(module.target()));
        command.add(source.toString());
        command.add("-o");
        command.add(target.toString());
        Outcome outcome = run(command);
        if (outcome.code != 0) {
          throw AssemblerLog.rejected("ptxas " + version(), module, outcome.output);
        }
        return new Cubin(
            Files.readAllBytes(target), AssemblerLog.usage(outcome.output), outcome.output);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new JitException(
          Problem.of(
              "DG-JIT-04",
              "ptxas could not assemble %s: %s; it needs to write below %s",
              module.entry(),
              e,
              System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  private record Outcome(int code, String output) {}

  /** Runs a command; what it prints goes through a file, so that a full pipe cannot stop it. */
  private Outcome run(List<String> command) throws IOException {
    Path output = Files.createTempFile("deepgemm-ptxas", ".log");
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

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(folder);
  }
}
