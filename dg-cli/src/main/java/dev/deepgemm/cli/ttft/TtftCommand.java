package dev.deepgemm.cli.ttft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.cli.distribution.Version;
import dev.deepgemm.cli.options.CommitOption;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.KernelSet;
import dev.deepgemm.heuristics.MRange;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.PackWriter;
import dev.deepgemm.measure.JsonText;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.measure.ttft.TtftJson;
import dev.deepgemm.measure.ttft.TtftPlot;
import dev.deepgemm.measure.ttft.TtftReplay;
import dev.deepgemm.measure.ttft.TtftRun;
import dev.deepgemm.measure.ttft.TtftRun.Cache;
import dev.deepgemm.measure.warmup.Warmup;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.Projection;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code dg bench ttft}: is the time to the first token stable?
 *
 * <p>The question is not how fast a kernel is but whether a call ever waits for one. So every run starts a
 * fresh process, replays token counts that keep changing, and times each call from the host, as a request
 * would feel it. The three states of the cache are what a server may find when it starts; the two values
 * of the switch are DeepGEMM's choice between fewer SMs and fewer compiles, which here must not differ.
 */
@Command(
    name = "ttft",
    description = {
      "Replay changing token counts through a model's layers: latency, compiles and stalls per call.",
      "Every pair of switch and cache runs in a fresh process. Needs a GPU."
    })
public final class TtftCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Mixin TtftOptions trace = new TtftOptions();

  @Mixin CommitOption commit = new CommitOption();

  @Option(
      names = "--switch",
      paramLabel = "0|1,...",
      split = ",",
      description = "Values of DG_MINIMIZE_NUM_SMS (default 0,1).")
  List<String> switches = List.of("0", "1");

  @Option(
      names = "--cache",
      paramLabel = "STATE,...",
      split = ",",
      description =
          "cold (nothing there), warm (a warmed-up cache folder), pack (a kernel pack, compiling"
              + " forbidden); default: all three.")
  List<Cache> caches = List.of(Cache.values());

  @Option(names = "--json", paramLabel = "FILE", description = "Write everything as JSON.")
  public @Nullable Path json;

  @Option(names = "--svg", paramLabel = "FILE", description = "Write a plot of latency over calls.")
  @Nullable Path svg;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Override
  public Integer call() throws IOException {
    List<Problem> problems = trace.problems();
    for (String value : switches) {
      if (!value.equals("0") && !value.equals("1")) {
        problems.add(Problem.of("DG-BENCH-02", "--switch has \"%s\"; legal: 0, 1 or 0,1", value));
      }
    }
    InputException.throwIfAny(problems);
    List<Projection> products = trace.products();
    DeviceInfo device = device();
    ArchSpec arch = archOf(device);
    PrintWriter out = Console.out(spec);
    out.printf("%s%n%s, driver %s%n", trace.title(), device.name(), device.driverVersion());
    out.flush();
    Path work = Files.createTempDirectory("dg-ttft");
    try {
      TtftProcess processes = prepare(work, arch, device, products);
      List<TtftRun> runs = new ArrayList<>();
      for (Cache cache : caches) {
        for (String value : switches) {
          runs.add(processes.replay(value, cache, trace.arguments()));
        }
      }
      table(out, runs);
      write(device, products, runs);
      return judge(runs);
    } finally {
      delete(work);
    }
  }

  private static DeviceInfo device() {
    Gpu.Search search = Gpu.find();
    if (search.gpu().isEmpty()) {
      throw new InputException(
          Problem.of(
              "DG-BENCH-01",
              "dg bench ttft times launches and needs a GPU; without one, dg kernels counts what"
                  + " would be compiled, and dg warmup compiles it. Here: %s",
              search.whyNot()));
    }
    try (Gpu gpu = search.gpu().get()) {
      return gpu.info();
    }
  }

  private static ArchSpec archOf(DeviceInfo device) {
    return ArchSpecs.load()
        .forDevice(device.computeCapability())
        .orElseThrow(
            () ->
                new InputException(
                    Problem.of(
                        "DG-BENCH-01",
                        "%s has compute capability %s, for which no plugin has kernels",
                        device.name(),
                        device.computeCapability())));
  }

  /** Compiles every kernel that the trace could need, where a state of the cache asks for it. */
  private TtftProcess prepare(
      Path work, ArchSpec arch, DeviceInfo device, List<Projection> products) {
    TtftProcess processes =
        new TtftProcess(work, work.resolve("warm-cache"), work.resolve("kernels.jar"));
    if (caches.contains(Cache.WARM) || caches.contains(Cache.PACK)) {
      Options options =
          Options.fromEnvironment()
              .with(Options.JIT_CACHE_DIR, processes.warmFolder().toString())
              .with(Options.JIT_PACKS, "0");
      List<KernelSpec> kernels =
          KernelSet.of(
                  ConfigSelector.create(options),
                  arch,
                  products.stream()
                      .map(product -> TtftReplay.problem(product, 1).withSmLimit(device.sms()))
                      .toList(),
                  new MRange(1, trace.maxTokens))
              .kernels();
      KernelCompiler compiler = KernelCompiler.create(options);
      Warmup.Report report =
          new Warmup(
                  Kernels.of(arch), compiler::compile, Runtime.getRuntime().availableProcessors())
              .run(kernels, kernel -> {});
      InputException.throwIfAny(report.failures());
      PackWriter.write(
          processes.pack(), report.kernels().stream().map(Warmup.Warm::compiled).toList());
      PrintWriter out = Console.out(spec);
      out.printf(
          Locale.ROOT, "warmed up: %d kernels in %.1f s%n", kernels.size(), report.nanos() / 1e9);
      out.flush();
    }
    return processes;
  }

  private static void table(PrintWriter out, List<TtftRun> runs) {
    TextTable table =
        new TextTable(
            "cache",
            "switch",
            "compiles",
            "loads",
            "stalls",
            "first p50 ms",
            "p99",
            "max",
            "all p50 ms",
            "p99",
            "second replay p50 ms",
            "p99",
            "max");
    for (TtftRun run : runs) {
      table.row(
          run.cache(),
          run.minimize(),
          run.compiles(),
          run.loads(),
          run.stalls(),
          millis(run.first().median()),
          millis(run.first().at(99)),
          millis(run.first().max()),
          millis(run.all().median()),
          millis(run.all().at(99)),
          millis(run.steady().median()),
          millis(run.steady().at(99)),
          millis(run.steady().max()));
    }
    out.println();
    table.print(out, "");
    out.println();
    out.println("first: calls that met their kernel for the first time; the first of a process");
    out.println("includes what Java and the driver do once. A stall is a call above 10 ms.");
    out.flush();
  }

  private static String millis(double micros) {
    return String.format(Locale.ROOT, "%.3f", micros / 1e3);
  }

  private void write(DeviceInfo device, List<Projection> products, List<TtftRun> runs) {
    if (svg != null) {
      String plot = TtftPlot.of(trace.title() + ", " + device.name(), runs);
      AtomicFile.write(svg, plot.getBytes(StandardCharsets.UTF_8));
    }
    if (json != null) {
      ObjectNode root = JsonNodeFactory.instance.objectNode();
      root.put("measurement", "ttft");
      root.put("device", device.name()).put("sms", device.sms());
      root.put("driver", device.driverVersion()).put("cuda", device.cudaVersion());
      root.put("commit", commit.recorded());
      root.put("version", Version.text()).put("java", Runtime.version().toString());
      root.put("model", trace.model).put("tp", trace.tp).put("trace", trace.trace.toString());
      root.put("seed", trace.seed).put("max_tokens", trace.maxTokens);
      ArrayNode names = root.putArray("products");
      products.forEach(product -> names.add(product.toString()));
      ArrayNode all = root.putArray("runs");
      runs.forEach(run -> all.add(TtftJson.of(run)));
      AtomicFile.write(json, JsonText.of(root).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** A warmed-up process that compiles breaks the promise that the project exists for. */
  private int judge(List<TtftRun> runs) {
    PrintWriter err = Console.err(spec);
    int code = 0;
    for (TtftRun run : runs) {
      if (run.cache() != Cache.COLD && run.compiles() > 0) {
        err.printf("dg: %s: %d kernels were compiled all the same%n", run.title(), run.compiles());
        code = ExitCode.FAILURE;
      }
    }
    err.flush();
    return code;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
