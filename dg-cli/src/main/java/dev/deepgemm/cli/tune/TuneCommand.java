package dev.deepgemm.cli.tune;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.distribution.Version;
import dev.deepgemm.cli.options.CommitOption;
import dev.deepgemm.cli.options.ProductOptions;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.Ceilings;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.tune.CudaTuneSubject;
import dev.deepgemm.measure.tune.KernelPreparation;
import dev.deepgemm.measure.tune.TuneData;
import dev.deepgemm.measure.tune.TuneFit;
import dev.deepgemm.measure.tune.TuneProblem;
import dev.deepgemm.measure.tune.TuneReport;
import dev.deepgemm.measure.tune.TuneResult;
import dev.deepgemm.measure.tune.TuneRunner;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg tune}: how fast are the configurations that were not chosen? */
@Command(
    name = "tune",
    mixinStandardHelpOptions = true,
    description = {
      "Measure candidate configurations of products on this machine's GPU.",
      "Each result is compared with that of the classic configuration. A candidate that fails or hangs",
      "costs its own record alone."
    })
public final class TuneCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Spec @Nullable CommandSpec spec;

  @Mixin ProductOptions products = new ProductOptions();

  @Mixin CommitOption commit = new CommitOption();

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "Candidates that the model predicts to be fastest (default 48).")
  int top = 48;

  @Option(
      names = "--explore",
      paramLabel = "N",
      description = "Other candidates, at random (default 8).")
  int explore = 8;

  @Option(
      names = "--finalists",
      paramLabel = "N",
      description = "Fastest candidates that are measured again, in turn (default 4).")
  int finalists = 4;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Turns that each finalist has (default 3).")
  int rounds = 3;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Seed of the inputs and of the random candidates (default 0).")
  long seed;

  @Option(
      names = "--budget",
      paramLabel = "SECONDS",
      description = "Stop after so long, with what there is (default: no limit).")
  @Nullable Integer budget;

  @Option(names = "--json", paramLabel = "FILE", description = "Write every record as JSON.")
  @Nullable Path json;

  @Option(
      names = "--resume",
      description = "Go on from the file of --json: skip what is done and what failed.")
  boolean resume;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Kernels assembled at a time (default: processors less one).")
  int threads = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);

  @Option(
      names = "--fit",
      paramLabel = "FILE,...",
      split = ",",
      description =
          "Measure nothing: fit the cost model to files of --json (or *.gz) and choose kernels.")
  List<Path> fit = List.of();

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "With --fit: where to write tuning-fp8.txt and tuning-bf16.txt.")
  @Nullable Path folder;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description = "With --fit: the architecture that was measured (default sm90).")
  String arch = "sm90";

  @Option(names = "--deadline", hidden = true, description = "End, in milliseconds since 1970.")
  @Nullable Long deadline;

  @Override
  public Integer call() throws IOException {
    if (!fit.isEmpty()) {
      fit();
      return 0;
    }
    List<BenchCase> products = products();
    return deadline == null ? supervise() : work(products, deadline);
  }

  private void fit() {
    PrintWriter out = Console.out(spec);
    ArchSpec measured = ArchSpecs.load().get(arch);
    TuneData data = TuneData.read(measured, fit);
    if (data.withoutList() > 0) {
      out.printf(
          "%,d problems are left out: lists are made for %s%n",
          data.withoutList(), BenchKind.CLASSIC);
    }
    for (DataType type : List.of(DataType.FP8_E4M3, DataType.BF16)) {
      TuneData ofType = data.of(type);
      if (ofType.problems().isEmpty()) {
        continue;
      }
      out.println(type);
      TuneFit answer = TuneFit.of(measured, ofType, seed);
      new FitTable(answer).print(out);
      if (folder != null) {
        String name = type == DataType.BF16 ? "tuning-bf16.txt" : "tuning-fp8.txt";
        AtomicFile.write(folder.resolve(name), answer.file().getBytes(StandardCharsets.UTF_8));
      }
    }
    out.flush();
  }

  /** Starts the process that measures; this one never touches the device. */
  private int supervise() throws IOException {
    long end = budget == null ? Long.MAX_VALUE : System.currentTimeMillis() + budget * 1000L;
    List<String> arguments = new ArrayList<>(originalArguments());
    arguments.add("--deadline=" + end);
    Path temporary = null;
    if (json == null) {
      temporary = Files.createTempFile("dg-tune", ".json");
      Files.delete(temporary);
      arguments.add("--json=" + temporary);
    }
    try {
      return new TuneProcess().run(arguments);
    } finally {
      if (temporary != null) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  private List<String> originalArguments() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec.root().commandLine().getParseResult().originalArgs();
  }

  private int work(List<BenchCase> products, long end) throws IOException {
    Gpu.Search search = Gpu.find();
    Gpu device =
        search
            .gpu()
            .orElseThrow(
                () ->
                    new InputException(
                        Problem.of(
                            "DG-BENCH-01",
                            "dg tune times launches and needs a GPU. Here: %s",
                            search.whyNot())));
    Options options = Options.fromEnvironment();
    try (CudaMachine gpu = CudaMachine.of(options, device);
        KernelPreparation kernels = new KernelPreparation(gpu::compile, gpu::prepare, threads)) {
      return work(products, end, options, gpu, kernels);
    }
  }

  private int work(
      List<BenchCase> products,
      long end,
      Options options,
      CudaMachine gpu,
      KernelPreparation kernels)
      throws IOException {
    PrintWriter out = Console.out(spec);
    out.println(gpu.description());
    out.flush();
    TuneProblem.Choice choice = new TuneProblem.Choice(top, explore, seed);
    TuneReport report = new TuneReport(gpu.info(), commit.recorded(), Version.text(), choice, seed);
    if (resume && json != null && TuneReport.exists(json)) {
      report.read(json);
    }
    List<TuneProblem> problems =
        products.stream().filter(one -> !report.isDone(one)).toList().parallelStream()
            .map(one -> choice.of(gpu.arch(), gpu.sms(), one, options).without(report.failed(one)))
            .toList();
    kernels.begin(problems);
    int count = problems.stream().mapToInt(problem -> problem.candidates().size()).sum();
    out.printf(Locale.ROOT, "%d products, %,d launches to compare%n", problems.size(), count);
    TuneTable table = new TuneTable(out);
    table.header();
    Ceilings ceilings = Ceilings.of(gpu.copyBytesPerSecond());
    TuneRunner runner =
        new TuneRunner(
            problem -> new CudaTuneSubject(gpu, kernels, problem, seed, ceilings),
            new TuneRunner.Finals(finalists, rounds),
            PATIENCE,
            () -> System.currentTimeMillis() >= end);
    boolean[] clean = {true};
    boolean whole;
    try {
      whole =
          runner.run(
              problems,
              result -> {
                report.add(result);
                table.print(result);
                clean[0] &= result.measured().stream().allMatch(TuneResult.Measured::passed);
                if (json != null) {
                  report.write(json);
                }
              });
    } catch (TuneRunner.Lost e) {
      out.println("the device is lost: " + e.getMessage());
      out.flush();
      // Closing what is on it would only fail again, or wait for ever.
      Runtime.getRuntime().halt(TuneProcess.LOST);
      throw e;
    }
    table.summary();
    if (!whole) {
      out.println("stopped: the time is up; --resume goes on");
      out.flush();
    }
    return clean[0] ? 0 : ExitCode.FAILURE;
  }

  /** Shapes outside, kinds inside: what a budget cuts off is large for every kind. */
  List<BenchCase> products() {
    List<Problem> problems = new ArrayList<>();
    ProductOptions.Wanted wanted = products.wanted(problems);
    if (Math.min(top, explore) < 0
        || Math.min(threads, Math.min(finalists, rounds)) < 1
        || (budget != null && budget < 1)) {
      problems.add(
          Problem.of(
              "DG-TUNE-01",
              "--top %d, --explore %d, --finalists %d, --rounds %d, --threads %d, --budget %s; legal:"
                  + " 0 or more for the first two, 1 or more for the others",
              top,
              explore,
              finalists,
              rounds,
              threads,
              budget == null ? "none" : budget));
    }
    if (resume && json == null) {
      problems.add(
          Problem.of("DG-TUNE-01", "--resume without --json; name the file to go on from"));
    }
    if (json != null) {
      AtomicFile.obstacle(json).ifPresent(problems::add);
    }
    InputException.throwIfAny(problems);
    return wanted.shapes().stream()
        .flatMap(shape -> wanted.kinds().stream().map(kind -> new BenchCase(kind, shape)))
        .toList();
  }
}
