package dev.deepgemm.cli.gemm;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.TerminalProgress;
import dev.deepgemm.cli.options.DeviceChoice;
import dev.deepgemm.cli.options.PolicyOption;
import dev.deepgemm.cli.options.ProblemOptions;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.measure.Progress;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.machine.EmulatorMachine;
import dev.deepgemm.measure.machine.GemmReport;
import dev.deepgemm.measure.machine.GemmSession;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.InputException;
import dev.deepgemm.workloads.safetensors.GemmFiles;
import dev.deepgemm.workloads.safetensors.Safetensors;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code dg gemm}: the whole way from a problem to a checked product, once, with the time of every
 * step.
 */
@Command(
    name = "gemm",
    mixinStandardHelpOptions = true,
    description = {
      "Multiply: choose a configuration, emit, assemble, load, launch, check, time.",
      "Inputs are random (and the output poisoned), or come from a safetensors file.",
      "Without sizes: 4096 x 4096 x 7168 on a GPU, 256 x 256 x 512 on the emulator.",
      "Ends with 1 if the result is out of tolerance."
    })
public final class GemmCommand implements Callable<Integer> {

  /** What a file of inputs says. */
  private static final List<String> OF_THE_FILE = List.of("--m", "--n", "--k", "--dtype");

  /** Longest emulation that is started without being asked for by name. */
  private static final double PATIENCE_SECONDS = 300;

  @Spec @Nullable CommandSpec spec;

  @Mixin PolicyOption policy = new PolicyOption();

  @Mixin ProblemOptions problem = new ProblemOptions();

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "auto (default: the GPU if there is one), cuda or emulator.")
  DeviceChoice device = DeviceChoice.auto;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description = "Architecture where there is no GPU (default sm90).")
  String arch = "sm90";

  @Option(names = "--seed", paramLabel = "SEED", description = "Seed of the inputs (default 0).")
  long seed;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "Launches in the timed CUDA graph; 0 times nothing (default 20).")
  int iterations = 20;

  @Option(
      names = "--in",
      paramLabel = "FILE",
      description =
          "safetensors: a [m, k], b [n, k] as F8_E4M3 with a_scale F32 [m, cdiv(k, 128)] and b_scale"
              + " F32 [cdiv(n, 128), cdiv(k, 128)], with --scaling 1d1d [n, cdiv(k, 128)]; or as BF16, by"
              + " --layout a [k, m] or b [k, n]. With --accumulate also c [m, n] of the type of D.")
  @Nullable Path in;

  @Option(names = "--out", paramLabel = "FILE", description = "safetensors: d [m, n].")
  @Nullable Path out;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public Integer call() {
    if (iterations < 0) {
      throw new InputException(
          Problem.of("DG-CLI-10", "--iterations is %,d; legal: 0 or more", iterations));
    }
    Options options = policy.over(Options.fromEnvironment());
    GemmReport report = in == null && out == null ? random(options) : files(options);
    PrintWriter console = Console.out(spec);
    if (json) {
      console.println(new GemmText(report).json());
    } else {
      new GemmText(report).print(console);
    }
    console.flush();
    return report.passed() ? 0 : ExitCode.FAILURE;
  }

  private GemmReport random(Options options) {
    boolean sized = problem.m != null || problem.n != null || problem.k != null;
    Choice choice = choose();
    if (choice.gpu() != null) {
      try (CudaMachine gpu = CudaMachine.of(options, choice.gpu())) {
        defaultSizes(ProblemOptions.DEFAULT_M, ProblemOptions.DEFAULT_N, ProblemOptions.DEFAULT_K);
        return new GemmSession(gpu, progress()).checked(desc(gpu), seed, iterations);
      }
    }
    try (EmulatorMachine emulator = emulator(options)) {
      defaultSizes(256, 256, 512);
      GemmDesc desc = desc(emulator);
      GemmSession session = new GemmSession(emulator, progress());
      if (device == DeviceChoice.emulator) {
        return session.checked(desc, seed, 0);
      }
      double seconds = EmulatorMachine.seconds(desc);
      Machine.Prepared assembled = emulator.assemble(emulator.configure(desc), options);
      if (sized && seconds > PATIENCE_SECONDS) {
        return session
            .planned(desc, assembled)
            .withNote("%s", choice.whyNot())
            .withNote(
                "Everything but load and launch was done. --device emulator runs the kernel on the"
                    + " CPU, in about %s",
                TerminalProgress.duration(seconds));
      }
      return session
          .checked(desc, seed, 0)
          .withPrepared(assembled)
          .withNote("%s", choice.whyNot())
          .withNote(
              "The kernel was assembled for %s and ran on the emulator.", emulator.arch().target());
    }
  }

  private GemmReport files(Options options) {
    if (in == null || out == null) {
      throw new InputException(
          Problem.of(
              "DG-CLI-11",
              "%s without %s; files go both ways: --in x.safetensors --out y.safetensors",
              in == null ? "--out" : "--in",
              in == null ? "--in" : "--out"));
    }
    List<String> known =
        OF_THE_FILE.stream()
            .filter(Objects.requireNonNull(spec).commandLine().getParseResult()::hasMatchedOption)
            .toList();
    if (!known.isEmpty()) {
      throw new InputException(
          Problem.of(
              "DG-CLI-12",
              "%s with --in; the file has sizes and types: leave %s out",
              String.join(", ", known),
              known.size() == 1 ? "it" : "them"));
    }
    Path folder = out.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(out)) {
      throw new InputException(
          Problem.of(
              "DG-CLI-24", "%s cannot be written: name a file in a folder that is there", out));
    }
    Choice choice = choose();
    try (Machine machine =
        choice.gpu() == null ? emulator(options) : CudaMachine.of(options, choice.gpu())) {
      GemmData data = GemmFiles.read(in, type -> signature(machine, type));
      problem.m = data.m();
      problem.n = data.n();
      problem.k = data.k();
      problem.dtype = data.a().type();
      GemmDesc desc = desc(machine);
      if (device == DeviceChoice.auto && choice.gpu() == null) {
        double seconds = EmulatorMachine.seconds(desc);
        if (seconds > PATIENCE_SECONDS) {
          throw new InputException(
              Problem.of(
                  "DG-CLI-14",
                  "%s, and the emulator takes about %s for this; --device emulator runs it anyway",
                  choice.whyNot(),
                  TerminalProgress.duration(seconds)));
        }
      }
      GemmSession.Computed computed = new GemmSession(machine, progress()).compute(desc, data);
      Safetensors.write(out, "d", computed.d());
      return computed.report();
    }
  }

  /** What is multiplied, checked before tensors are looked for that it would need. */
  private Signature signature(Machine machine, DataType type) {
    Signature signature = problem.signature(machine.arch(), type);
    Kernels.requireSupported(machine.arch(), signature);
    return signature;
  }

  private EmulatorMachine emulator(Options options) {
    return EmulatorMachine.of(ArchSpecs.load().get(arch), options);
  }

  /** The GPU to use, or why there is none. */
  private record Choice(@Nullable Gpu gpu, String whyNot) {}

  private Choice choose() {
    if (device == DeviceChoice.emulator) {
      return new Choice(null, "");
    }
    if (device == DeviceChoice.cuda) {
      return new Choice(Gpu.open(), "");
    }
    Gpu.Search search = Gpu.find();
    if (search.gpu().isEmpty()) {
      return new Choice(null, "No GPU is used: " + search.whyNot());
    }
    Gpu gpu = search.gpu().get();
    boolean runs =
        ArchSpecs.load()
            .forDevice(gpu.info().computeCapability())
            .flatMap(ArchSpec::kernels)
            .isPresent();
    if (runs) {
      return new Choice(gpu, "");
    }
    gpu.close();
    return new Choice(
        null,
        String.format(
            Locale.ROOT,
            "No GPU is used: there are no kernels for %s (compute capability %s)",
            gpu.info().name(),
            gpu.info().computeCapability()));
  }

  private void defaultSizes(int m, int n, int k) {
    if (problem.m == null && problem.n == null && problem.k == null) {
      problem.m = m;
      problem.n = n;
      problem.k = k;
    }
  }

  private GemmDesc desc(Machine machine) {
    GemmDesc desc = problem.toDesc(machine.arch(), any -> machine.sms());
    Kernels.requireSupported(machine.arch(), desc);
    return desc;
  }

  private Progress progress() {
    return json ? Progress.NONE : new TerminalProgress(Console.err(spec));
  }
}
