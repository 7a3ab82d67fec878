package dev.deepgemm.cli.bench;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.TerminalProgress;
import dev.deepgemm.cli.options.CommitOption;
import dev.deepgemm.cli.options.ProductOptions;
import dev.deepgemm.cli.ttft.TtftCommand;
import dev.deepgemm.cli.ttft.TtftReplayCommand;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.Progress;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchResult;
import dev.deepgemm.measure.bench.BenchRunner;
import dev.deepgemm.measure.bench.BenchSide;
import dev.deepgemm.measure.bench.Ceilings;
import dev.deepgemm.measure.bench.CudaSubject;
import dev.deepgemm.measure.bench.DeviceMonitor;
import dev.deepgemm.measure.bench.PeerProcess;
import dev.deepgemm.measure.bench.Roofline;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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

/**
 * {@code dg bench}: speed of products, in turn with other libraries' where one is named; other
 * measurements are commands of their own.
 */
@Command(
    name = "bench",
    description = {
      "Check and time products on this machine's GPU, and record device, driver and commit with it.",
      "A CUDA graph of launches rotates over inputs that do not fit the cache; the median counts.",
      "With --peer, a program such as 'python3 benchmark/peer.py' times other libraries in turn;",
      "with --policy classic,tuned and --constant-weights, several sides of ours take turns."
    },
    synopsisSubcommandLabel = "[MEASUREMENT]",
    mixinStandardHelpOptions = true,
    subcommands = {HostCommand.class, TtftCommand.class, TtftReplayCommand.class})
public final class BenchCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Mixin ProductOptions products = new ProductOptions();

  @Mixin CommitOption commit = new CommitOption();

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "About how many launches a graph has (default 20).")
  int iterations = 20;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Turns of us and of the peers (default 3).")
  int rounds = 3;

  @Option(
      names = "--replays",
      paramLabel = "N",
      description = "Replays of the graph in a turn (default 5).")
  int replays = 5;

  @Mixin BenchSideOptions sides = new BenchSideOptions();

  @Option(names = "--check-only", description = "Compare with the reference; time nothing.")
  boolean checkOnly;

  @Option(
      names = "--peer",
      paramLabel = "COMMAND",
      description = "Program that times other libraries, asked line by line.")
  @Nullable String peer;

  @Option(names = "--json", paramLabel = "FILE", description = "Write everything as JSON.")
  @Nullable Path json;

  @Option(names = "--svg", paramLabel = "FILE", description = "Write a roofline plot.")
  @Nullable Path svg;

  @Option(names = "--seed", paramLabel = "SEED", description = "Seed of the inputs (default 0).")
  long seed;

  private final List<BenchResult> results = new ArrayList<>();

  @Override
  public Integer call() {
    Options options = Options.fromEnvironment();
    Plan plan = plan(options);
    try (CudaMachine gpu = CudaMachine.of(BenchSideOptions.decided(options, plan.sides), device());
        DeviceMonitor monitor =
            checkOnly ? DeviceMonitor.none() : DeviceMonitor.start(gpu.info().ordinal())) {
      PeerProcess peers = peer == null || checkOnly ? null : PeerProcess.start(peer);
      try (peers) {
        return run(plan, gpu, monitor, peers);
      }
    }
  }

  private static Gpu device() {
    Gpu.Search search = Gpu.find();
    return search
        .gpu()
        .orElseThrow(
            () ->
                new InputException(
                    Problem.of(
                        "DG-BENCH-01",
                        "dg bench times launches and needs a GPU; without one, dg gemm checks a"
                            + " product on the emulator. Here: %s",
                        search.whyNot())));
  }

  private int run(Plan plan, CudaMachine gpu, DeviceMonitor monitor, @Nullable PeerProcess peers) {
    PrintWriter out = Console.out(spec);
    out.println(gpu.description());
    Ceilings ceilings = Ceilings.of(gpu.copyBytesPerSecond());
    out.printf(
        Locale.ROOT,
        "a copy moves %.2f TB/s; floors assume %.0f TFLOP/s in FP8, %.0f in BF16%n",
        ceilings.bytesPerSecond() / 1e12,
        ceilings.fp8() / 1e12,
        ceilings.bf16() / 1e12);
    out.flush();
    DeviceInfo info = gpu.info();
    BenchRunner runner =
        new BenchRunner(
            one -> new CudaSubject(gpu, one, seed, checkOnly ? 0 : iterations),
            plan.sides,
            peers,
            checkOnly ? 0 : rounds,
            replays);
    boolean lost = false;
    try (Progress.Count count =
        new TerminalProgress(Console.err(spec))
            .count("measuring", plan.products.size() * plan.sides.size())) {
      runner.run(
          plan.products,
          ofProduct -> {
            results.addAll(ofProduct);
            ofProduct.forEach(result -> count.step());
            write(info, ceilings, peers, monitor);
          });
    } catch (CudaException e) {
      lost = true;
    }
    // Late samples of the monitor are in only now.
    monitor.close();
    write(info, ceilings, peers, monitor);
    new BenchTable(ceilings, results).print(out);
    if (svg != null) {
      String title = info.name() + ", driver " + info.driverVersion();
      AtomicFile.write(svg, Roofline.of(title, ceilings, results).getBytes(StandardCharsets.UTF_8));
    }
    if (lost) {
      out.println("stopped: the device is lost");
      out.flush();
      // Closing what is on it would only fail again.
      Runtime.getRuntime().halt(ExitCode.FAILURE);
    }
    return results.stream().allMatch(BenchResult::passed) ? 0 : ExitCode.FAILURE;
  }

  private void write(
      DeviceInfo info, Ceilings ceilings, @Nullable PeerProcess peers, DeviceMonitor monitor) {
    if (json != null) {
      BenchReport report =
          new BenchReport(
              info,
              ceilings,
              commit.recorded(),
              peers == null ? null : peers.about(),
              seed,
              results);
      AtomicFile.write(json, report.json(monitor).getBytes(StandardCharsets.UTF_8));
    }
  }

  /**
   * What is timed.
   *
   * @param products kinds outside, shapes inside: the record of one kind stays together
   * @param sides of each
   */
  private record Plan(List<BenchCase> products, List<BenchSide> sides) {}

  private Plan plan(Options options) {
    List<Problem> problems = new ArrayList<>();
    ProductOptions.Wanted wanted = products.wanted(problems);
    List<BenchSide> chosen = sides.sides(options, problems);
    for (int value : List.of(iterations, rounds, replays)) {
      if (value < 1) {
        problems.add(
            Problem.of(
                "DG-BENCH-02",
                "--iterations %d, --rounds %d, --replays %d; legal: each 1 or more",
                iterations,
                rounds,
                replays));
        break;
      }
    }
    InputException.throwIfAny(problems);
    return new Plan(
        wanted.kinds().stream()
            .flatMap(kind -> wanted.shapes().stream().map(shape -> new BenchCase(kind, shape)))
            .toList(),
        chosen);
  }
}
