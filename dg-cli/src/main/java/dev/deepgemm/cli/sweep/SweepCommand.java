package dev.deepgemm.cli.sweep;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.TerminalProgress;
import dev.deepgemm.cli.options.DeviceChoice;
import dev.deepgemm.cli.options.KindOptions;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.machine.EmulatorMachine;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.measure.sweep.SpillCheck;
import dev.deepgemm.measure.sweep.SweepCase;
import dev.deepgemm.measure.sweep.SweepRunner;
import dev.deepgemm.measure.sweep.SweepShape;
import dev.deepgemm.measure.sweep.SweepSpace;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg sweep}: every legal configuration, launched on awkward shapes and compared in full. */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    description = {
      "Force every legal tile, depth and multicast on ragged shapes; compare every element.",
      "Ends with 1 if anything is wrong."
    })
public final class SweepCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Option(names = "--arch", paramLabel = "ARCH", description = "Architecture (default sm90).")
  String arch = "sm90";

  @Mixin KindOptions kinds = new KindOptions("fp8");

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "auto (default: the GPU if there is one), cuda or emulator.")
  DeviceChoice device = DeviceChoice.auto;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many launches, spread evenly over all (default: all).")
  int limit = Integer.MAX_VALUE;

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description = "Kernels whose id matches, such as 't64x.*_mca'.")
  @Nullable String only;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "One line of JSON per launch, as it ends.")
  @Nullable Path json;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Kernels assembled at a time (default: processors).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--seed", paramLabel = "SEED", description = "Seed of the inputs (default 0).")
  long seed;

  @Option(
      names = "--assembler",
      paramLabel = "NAME",
      description =
          "auto (default), driver, ptxas, embedded, nvjitlink or linker; overrides DG_JIT_ASSEMBLER.")
  @Nullable String assembler;

  @Option(
      names = "--check-spills",
      description = "Assemble only; show registers and spills, end with 1 if any kernel spills.")
  boolean checkSpills;

  @Override
  public Integer call() throws IOException, InterruptedException {
    checkArguments();
    Options options = Options.fromEnvironment();
    if (assembler != null) {
      options = options.with(Options.JIT_ASSEMBLER, assembler);
    }
    if (checkSpills) {
      List<SweepCase> cases = cases(options, true);
      SpillCheck.Result result =
          new SpillCheck(new TerminalProgress(Console.err(spec)))
              .run(ArchSpecs.load().get(arch), cases, options, threads);
      new SpillTable(result).print(Console.out(spec));
      return result.passed() ? 0 : ExitCode.FAILURE;
    }
    try (Machine machine = machine(options)) {
      return sweep(machine, cases(options, machine instanceof CudaMachine));
    }
  }

  private void checkArguments() {
    List<Problem> problems = new ArrayList<>();
    if (limit < 1) {
      problems.add(Problem.of("DG-CLI-17", "--limit is %d; legal: 1 or more", limit));
    }
    if (threads < 1) {
      problems.add(Problem.of("DG-CLI-17", "--threads is %d; legal: 1 or more", threads));
    }
    InputException.throwIfAny(problems);
  }

  private Machine machine(Options options) {
    if (device != DeviceChoice.emulator) {
      if (device == DeviceChoice.cuda) {
        return CudaMachine.of(options, Gpu.open());
      }
      Gpu.Search search = Gpu.find();
      if (search.gpu().isPresent()) {
        return CudaMachine.of(options, search.gpu().get());
      }
    }
    return EmulatorMachine.of(ArchSpecs.load().get(arch), options);
  }

  private List<SweepCase> cases(Options options, boolean fast) {
    ArchSpec architecture = ArchSpecs.load().get(arch);
    List<SweepShape> shapes =
        kinds.kinds(architecture).stream()
            .flatMap(kind -> SweepShape.of(architecture, kind.signature(), fast).stream())
            .toList();
    SweepSpace space = SweepSpace.of(architecture, shapes, options);
    PrintWriter out = Console.out(spec);
    space
        .refused()
        .forEach((id, reason) -> out.println("legal and not emitted: " + id + ": " + reason));
    return SweepSpace.spread(matching(space.cases()), limit);
  }

  private List<SweepCase> matching(List<SweepCase> cases) {
    if (only == null) {
      return cases;
    }
    try {
      Pattern pattern = Pattern.compile(only);
      return cases.stream()
          .filter(one -> pattern.matcher(one.config().kernel().id()).find())
          .toList();
    } catch (PatternSyntaxException e) {
      throw new InputException(
          Problem.of("DG-CLI-18", "--only is no regular expression: %s", e.getDescription()), e);
    }
  }

  private int sweep(Machine machine, List<SweepCase> cases)
      throws IOException, InterruptedException {
    PrintWriter out = Console.out(spec);
    out.println("device   " + machine.description());
    out.printf(
        Locale.ROOT,
        "sweep    %,d launches of %,d kernels%n",
        cases.size(),
        cases.stream().map(one -> one.config().kernel().id()).distinct().count());
    out.flush();
    SweepRunner runner = new SweepRunner(machine, seed, new TerminalProgress(Console.err(spec)));
    SweepSummary summary = new SweepSummary();
    try (PrintWriter lines =
        json == null
            ? new PrintWriter(PrintWriter.nullWriter())
            : new PrintWriter(Files.newBufferedWriter(json, StandardCharsets.UTF_8))) {
      Map<String, String> broken = runner.prepare(cases, threads);
      try {
        runner.launch(
            cases,
            broken,
            result -> {
              summary.add(result);
              lines.println(result.json());
              lines.flush();
            });
      } catch (SweepRunner.Hang e) {
        // The device cannot be freed from this process while a kernel runs on it.
        summary.print(out);
        out.println("stopped: a launch hangs");
        out.flush();
        lines.flush();
        Runtime.getRuntime().halt(ExitCode.FAILURE);
      } finally {
        summary.print(out);
        out.flush();
      }
    }
    return summary.passed() ? 0 : ExitCode.FAILURE;
  }
}
