package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private final boolean lineInfo;
  private @Nullable Probe probe;

  /** What {@code ptxas --version} said: a version, or why there is none. */
  private record Probe(String version, String problem) {}

  PtxasAssembler(Options options) {
    this(
        Tool.onPath("ptxas", options.foreign("PATH")),
        TIMEOUT,
        options.get(Options.JIT_WITH_LINEINFO));
  }

  PtxasAssembler(Optional<Path> executable, Duration timeout) {
    this(executable, timeout, false);
  }

  private PtxasAssembler(Optional<Path> executable, Duration timeout, boolean lineInfo) {
    this.executable = executable;
    this.timeout = timeout;
    this.lineInfo = lineInfo;
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
    List<String> options = List.of("-arch=" + target, "-O3", "-v");
    return lineInfo ? Tool.with(options, "-lineinfo") : options;
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
      Tool.Outcome outcome = Tool.run(List.of(ptxas.toString(), "--version"), timeout);
      Matcher version = VERSION.matcher(outcome.output());
      return outcome.code() == 0 && version.find()
          ? new Probe(version.group(1), "")
          : new Probe(
              "",
              ptxas + " --version returned " + outcome.code() + ": " + outcome.output().strip());
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
        List<String> command = command(ptxas, module, source, target);
        Tool.Outcome outcome = Tool.run(command, timeout);
        if (outcome.code() != 0) {
          throw AssemblerLog.rejected("ptxas " + version(), module, outcome.output());
        }
        return AssemblerLog.cubin(Files.readAllBytes(target), outcome.output());
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

  private List<String> command(Path ptxas, PtxModule module, Path source, Path target) {
    List<String> command = new ArrayList<>();
    command.add(ptxas.toString());
    command.addAll(options(module.target()));
    command.add(source.toString());
    command.add("-o");
    command.add(target.toString());
    return command;
  }

  @Override
  public String command(PtxModule module) {
    Path ptxas = executable.orElse(Path.of("ptxas"));
    return String.join(" ", command(ptxas, module, Path.of("kernel.ptx"), Path.of("kernel.cubin")));
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
