package dev.deepgemm.cli.warmup;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.cli.options.DefaultSms;
import dev.deepgemm.cli.options.PolicyOption;
import dev.deepgemm.cli.options.WorkloadOptions;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.KernelSet;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.PackWriter;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.measure.warmup.Warmup;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.workloads.ModelCatalog;
import dev.deepgemm.workloads.Workload;
import dev.deepgemm.workloads.files.InputException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg warmup}: compiles ahead of time what a server would otherwise compile in a request. */
@Command(
    name = "warmup",
    description = {
      "Compile every kernel that some products need for every m of a range, into the kernel cache.",
      "Products are --shapes, a --model or a --checkpoint. Needs no GPU. Stopped, it goes on where it"
          + " was. With --pack, also writes a jar that makes compiling unnecessary elsewhere."
    })
public final class WarmupCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Option(names = "--arch", paramLabel = "ARCH", description = "sm90 (default) or sm100.")
  String arch = "sm90";

  @Mixin WorkloadOptions work = new WorkloadOptions();

  @Option(
      names = "--assembler",
      paramLabel = "NAME",
      description =
          "auto (default), driver, ptxas, embedded, nvjitlink or linker; overrides DG_JIT_ASSEMBLER.")
  @Nullable String assembler;

  @Mixin PolicyOption policy = new PolicyOption();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Kernels to compile at once (default: the processors).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--pack",
      paramLabel = "JAR",
      description = "Write the kernels into a jar; on a class path it comes before the cache.")
  @Nullable Path pack;

  @Option(names = "--models", description = "List the models that --model knows, and stop.")
  boolean models;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  private final DefaultSms defaultSms;

  /** What picocli calls. */
  public WarmupCommand() {
    this(DefaultSms.OF_DEVICE);
  }

  public WarmupCommand(DefaultSms defaultSms) {
    this.defaultSms = defaultSms;
  }

  @Override
  public Integer call() {
    if (models) {
      list();
      return 0;
    }
    if (threads < 1) {
      throw new InputException(
          Problem.of("DG-WARM-01", "--threads is %d; legal: 1 or more", threads));
    }
    ArchSpec chosen = ArchSpecs.load().get(arch);
    KernelProvider provider = Kernels.of(chosen);
    Options options = options();
    Workload workload = work.workload(chosen, defaultSms);
    List<KernelSpec> kernels =
        KernelSet.of(ConfigSelector.create(options), chosen, workload.problems(), workload.m())
            .kernels();
    InputException.throwIfAny(Warmup.unsupported(provider, kernels));
    return warm(workload, kernels, provider, KernelCompiler.create(options));
  }

  private Options options() {
    // Compiling is what the command is for, also where servers must not.
    Options options = policy.over(Options.fromEnvironment()).with(Options.JIT_MODE, "auto");
    if (assembler != null) {
      options = options.with(Options.JIT_ASSEMBLER, assembler);
      options.get(Options.JIT_ASSEMBLER);
    }
    // What an old pack holds would go into the new one, whoever had assembled it.
    return pack == null ? options : options.with(Options.JIT_PACKS, "0");
  }

  private int warm(
      Workload workload,
      List<KernelSpec> kernels,
      KernelProvider provider,
      KernelCompiler compiler) {
    PrintWriter out = Console.out(spec);
    out.printf(
        "%s, m %s: %d products, %d kernels%n",
        workload.title(), workload.m(), workload.products().size(), kernels.size());
    workload.notes().forEach(note -> out.println("  " + note));
    out.flush();
    Warmup warmup = new Warmup(provider, compiler::compile, Math.min(threads, kernels.size()));
    Warmup.Report report = watched(warmup, kernels);
    new WarmupSummary(report).print(out);
    out.printf("  cache folder: %s%n", compiler.cache().folder());
    if (pack != null && report.failures().isEmpty()) {
      PackWriter.write(pack, report.kernels().stream().map(Warmup.Warm::compiled).toList());
      out.printf("  pack: %s%n", pack);
      slowerCode(report).ifPresent(out::println);
    }
    out.flush();
    PrintWriter err = Console.err(spec);
    report.failures().forEach(problem -> err.println("dg: " + problem));
    err.flush();
    return report.failures().isEmpty() ? 0 : ExitCode.FAILURE;
  }

  /** What to know of a pack whose code could be faster. */
  private static Optional<String> slowerCode(Warmup.Report report) {
    Set<String> makers = new HashSet<>();
    for (Warmup.Warm kernel : report.kernels()) {
      makers.add(kernel.compiled().assembler().split(" ")[0]);
    }
    String better = "for use on GPUs, make packs with --assembler driver or ptxas";
    if (makers.contains("nvjitlink") || makers.contains("linker")) {
      return Optional.of(
          "  made by a linker, whose code ignores setmaxnreg and can take 2.4 times as long: "
              + better);
    }
    return makers.contains("embedded")
        ? Optional.of(
            "  the embedded assembler made it, whose code is up to 27 % slower: " + better)
        : Optional.empty();
  }

  private static Warmup.Report watched(Warmup warmup, List<KernelSpec> kernels) {
    if (!WarmupBar.isWatched()) {
      return warmup.run(kernels, kernel -> {});
    }
    try (WarmupBar bar = WarmupBar.of(kernels.size())) {
      return warmup.run(kernels, bar);
    }
  }

  private void list() {
    TextTable table = new TextTable("model", "linear layers", "also", "figures from");
    for (ModelCatalog.Model model : ModelCatalog.load().all()) {
      table.row(
          model.name(),
          model.type().bytes() == 1 ? "fp8" : "bf16",
          String.join(" ", model.aliases()),
          model.source());
    }
    PrintWriter out = Console.out(spec);
    table.print(out, "");
    out.flush();
  }
}
