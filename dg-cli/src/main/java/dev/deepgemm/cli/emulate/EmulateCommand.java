package dev.deepgemm.cli.emulate;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.emulator.AccumulationModel;
import dev.deepgemm.emulator.Emulator;
import dev.deepgemm.emulator.EmulatorException;
import dev.deepgemm.emulator.EmulatorReport;
import dev.deepgemm.emulator.PtxEntry;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code dg emulate}: anybody's PTX on the CPU, watched.
 *
 * <p>Ends with 1 if the kernel did something wrong while it ran, and with 2 if it never ran: what is
 * wrong with the text, the launch and the arguments is the caller's to mend. Files are written only
 * by a kernel that came to its end.
 */
@Command(
    name = "emulate",
    mixinStandardHelpOptions = true,
    description = {
      "Run the PTX text of any kernel on the CPU and look for what a GPU lets pass:",
      "races, deadlocks, missing fences, accesses out of bounds, undefined values.",
      "Ends with 1 if the kernel does something wrong, with 2 if it cannot be run."
    },
    footer = {
      "",
      "Arguments, one --arg per parameter of the kernel, in their order:",
      "  u32:5  s32:-5  u64:0x10  s64:-5  f32:1.5  f64:1.5   a number",
      "  buf:in.bin               the address of a buffer with the bytes of a file",
      "  inout:in.bin=out.bin     the same; afterwards its bytes go to the other file",
      "  zeros:4096[=out.bin]     a buffer of so many bytes, all 0",
      "  poison:4096[=out.bin]    a buffer that nobody has written: using its bytes is a fault",
      "  ptr:NAME                 the address of a buffer that --buffer declares",
      "  map:bf16,buffer=NAME,dims=64x128,strides=128,box=64x8,swizzle=128",
      "                           a tensor map: element type u8, bf16 or fp32; extents innermost",
      "                           first; strides in bytes (dense without them), swizzle 0 to 128",
      "",
      "Example: dg emulate add.ptx --grid 4 --threads 128 \\",
      "    --arg buf:x.bin --arg buf:y.bin --arg poison:2048=sum.bin --arg u32:512"
    })
public final class EmulateCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "PTX text.")
  Path file = Path.of("");

  @Option(
      names = "--entry",
      paramLabel = "NAME",
      description = "Entry point (default: the module's only one).")
  @Nullable String entry;

  @Option(names = "--grid", paramLabel = "N", description = "CTAs.")
  @Nullable Integer grid;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads per CTA (default: the kernel's .reqntid or .maxntid).")
  @Nullable Integer threads;

  @Option(
      names = "--cluster",
      paramLabel = "N",
      description = "CTAs per cluster (default: the kernel's .reqnctapercluster, or 1).")
  @Nullable Integer cluster;

  @Option(
      names = "--smem",
      paramLabel = "BYTES",
      description = "Dynamic shared memory (default 0).")
  int smem;

  @Option(
      names = "--arg",
      paramLabel = "KIND:VALUE",
      description = "An argument, see below; once per parameter, in order.")
  List<String> arguments = new ArrayList<>();

  @Option(
      names = "--buffer",
      paramLabel = "NAME=KIND:VALUE",
      description = "A buffer (buf, inout, zeros or poison) for arguments to refer to.")
  List<String> buffers = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Seed of the schedule: another one is another interleaving (default 0).")
  long seed;

  @Option(
      names = "--accumulation",
      paramLabel = "MODEL",
      description = "How tensor cores add: ${COMPLETION-CANDIDATES} (default FP32).")
  AccumulationModel accumulation = AccumulationModel.FP32;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Threads that run clusters (default: the processors, at most 8).")
  @Nullable Integer workers;

  @Option(names = "--json", description = "Print one JSON object, whatever happens.")
  boolean json;

  /** Everything that a run needs, found to be legal as far as the command can tell. */
  private record Run(String ptx, PtxEntry entry, LaunchPlan plan, EmulatedArguments arguments) {}

  @Override
  public Integer call() {
    EmulatedJson result = new EmulatedJson(file, seed);
    PrintWriter console = Console.out(spec);
    try {
      emulate(result, console);
    } catch (InputException | EmulatorException e) {
      result.failed(e);
      throw e;
    } finally {
      if (json) {
        console.println(result);
      }
      console.flush();
    }
    return 0;
  }

  private void emulate(EmulatedJson result, PrintWriter console) {
    Run run = prepare();
    result.launch(run.entry.name(), run.plan);
    EmulatedArguments args = run.arguments;
    Emulator.Builder emulator = Emulator.builder().seed(seed).accumulation(accumulation);
    if (workers != null) {
      emulator.workers(workers);
    }
    EmulatorReport report;
    try {
      report = emulator.build().run(run.ptx, run.entry.name(), run.plan, args.memory());
    } catch (EmulatorException e) {
      if (e.isRefused()) {
        throw new InputException(e.problems(), e);
      }
      result.fault();
      throw e;
    }
    result.ended(report);
    EmulatedOutputs.write(args.buffers(), args.memory());
    result.written(args.buffers(), args.memory());
    if (!json) {
      print(console, run, report);
    }
  }

  /**
   * Reads and checks everything.
   *
   * @throws InputException with all problems: {@code DG-CLI-24}, {@code DG-CLI-30} to {@code
   *     DG-CLI-39}, and {@code DG-EMU-*} and {@code DG-TMA-*} of the text, the launch and the maps
   */
  private Run prepare() {
    List<Problem> problems = new ArrayList<>();
    String ptx = text(problems);
    PtxEntry head = ptx == null ? null : entry(ptx, problems);
    EmulatedArguments read = new EmulatedArguments(problems);
    buffers.forEach(read::declare);
    List<Optional<KernelArg>> args = arguments.stream().map(read::argument).toList();
    if (smem < 0) {
      problems.add(Problem.of("DG-CLI-32", "--smem is %,d; legal: 0 or more bytes", smem));
    }
    if (workers != null && workers < 1) {
      problems.add(Problem.of("DG-CLI-32", "--workers is %,d; legal: 1 or more", workers));
    }
    if (grid == null) {
      problems.add(Problem.of("DG-CLI-32", "--grid is missing; say how many CTAs to launch"));
    }
    if (head != null) {
      int blockThreads = threads(head, problems);
      int clusterCtas = cluster != null ? cluster : Math.max(1, head.requiredCluster());
      if (blockThreads != 0) {
        problems.addAll(
            head.problems(
                grid == null ? Math.max(1, clusterCtas) : grid, blockThreads, clusterCtas));
      }
      compare(head, args, problems);
      InputException.throwIfAny(problems);
      if (ptx != null && grid != null) {
        LaunchPlan plan =
            new LaunchPlan(
                grid, blockThreads, clusterCtas, smem, args.stream().map(Optional::get).toList());
        return new Run(ptx, head, plan, read);
      }
    }
    throw new InputException(problems);
  }

  private @Nullable String text(List<Problem> problems) {
    try {
      // Some producers end the text with the zero byte of their string.
      return Files.readString(file).replaceFirst("\0+\\s*$", "");
    } catch (CharacterCodingException e) {
      problems.add(
          Problem.of(
              "DG-CLI-30",
              "%s is not text; legal: PTX (of a cubin there is none; ask the compiler for PTX)",
              file));
    } catch (IOException e) {
      problems.add(
          Problem.of("DG-CLI-30", "%s cannot be read: %s. Name a file of PTX text", file, e));
    }
    return null;
  }

  private @Nullable PtxEntry entry(String ptx, List<Problem> problems) {
    List<PtxEntry> entries;
    try {
      entries = Emulator.entries(ptx);
    } catch (EmulatorException e) {
      problems.addAll(e.problems());
      return null;
    }
    if (entry == null && entries.size() == 1) {
      return entries.get(0);
    }
    for (PtxEntry candidate : entries) {
      if (candidate.name().equals(entry)) {
        return candidate;
      }
    }
    problems.add(
        Problem.of(
            "DG-CLI-31",
            "%s; %s has %s",
            entry == null ? "--entry is missing" : "there is no entry point " + entry,
            file,
            entries.isEmpty()
                ? "none: it needs a .entry"
                : entries.stream().map(PtxEntry::name).collect(Collectors.joining(", "))));
    return null;
  }

  private int threads(PtxEntry head, List<Problem> problems) {
    int known = head.requiredThreads() != 0 ? head.requiredThreads() : head.maxThreads();
    if (threads == null && known == 0) {
      problems.add(
          Problem.of(
              "DG-CLI-32",
              "--threads is missing, and %s has neither .reqntid nor .maxntid; legal: multiples of"
                  + " 32 to 1024",
              head.name()));
    }
    return threads != null ? threads : known;
  }

  /** Arguments against parameters; those that could not be read have their problem already. */
  private void compare(PtxEntry head, List<Optional<KernelArg>> args, List<Problem> problems) {
    List<PtxEntry.Parameter> parameters = head.parameters();
    if (args.size() != parameters.size()) {
      problems.add(
          Problem.of(
              "DG-CLI-36",
              "%d --arg for the %d parameters of %s%s; legal: one each, in order",
              args.size(),
              parameters.size(),
              head.name(),
              parameters.stream()
                  .map(p -> String.format(Locale.ROOT, "%s, %,d bytes", p.name(), p.bytes()))
                  .collect(Collectors.joining("; ", " (", ")"))));
      return;
    }
    for (int i = 0; i < args.size(); i++) {
      PtxEntry.Parameter parameter = parameters.get(i);
      KernelArg arg = args.get(i).orElse(null);
      if (arg != null && bytes(arg) != parameter.bytes()) {
        problems.add(
            Problem.of(
                "DG-CLI-36",
                "--arg %s has %d bytes, and parameter %s has %,d; legal: %s",
                arguments.get(i),
                bytes(arg),
                parameter.name(),
                parameter.bytes(),
                legal(parameter.bytes())));
      }
    }
  }

  private static int bytes(KernelArg arg) {
    return arg instanceof KernelArg.Map ? 128 : arg instanceof KernelArg.Address ? 8 : 4;
  }

  private static String legal(long bytes) {
    if (bytes == 4) {
      return "u32, s32, f32";
    } else if (bytes == 8) {
      return "u64, s64, f64, buf, inout, zeros, poison, ptr";
    } else if (bytes == 128) {
      return "map";
    }
    return "nothing; a launch carries parameters of 4 and 8 bytes, and tensor maps of 128";
  }

  private void print(PrintWriter console, Run run, EmulatorReport report) {
    LaunchPlan plan = run.plan;
    double millis = report.elapsed().toNanos() / 1e6;
    line(console, "Kernel", "%s of %s", run.entry.name(), file);
    line(
        console,
        "Launch",
        "%,d CTAs of %,d threads, clusters of %d, %,d bytes of dynamic shared memory",
        plan.grid(),
        plan.threads(),
        plan.cluster(),
        plan.smemBytes());
    line(console, "Schedule", "seed %d", report.seed());
    line(console, "Instructions", "%,d of warps", report.instructions());
    line(console, "wgmma", "%,d", report.wgmmas());
    line(console, "Copies", "%,d, %,d bytes", report.copies(), report.copiedBytes());
    line(console, "Time", "%,.1f ms", millis);
    report.warnings().forEach(warning -> line(console, "Warning", "%s", warning));
    if (report.warnings().isEmpty()) {
      line(console, "Warnings", "none");
    }
    for (EmulatedBuffer buffer : run.arguments.buffers()) {
      if (buffer.out() != null) {
        int unwritten = run.arguments.memory().undefined(buffer.address(), buffer.bytes());
        line(
            console,
            "Output",
            "%s, %,d bytes%s",
            buffer.out(),
            buffer.bytes(),
            unwritten == 0
                ? ""
                : String.format(Locale.ROOT, ", %,d of them (0xa5) never written", unwritten));
      }
    }
  }

  private static void line(
      PrintWriter console, String name, String format, @Nullable Object... args) {
    console.printf(Locale.ROOT, "%-12s  %s%n", name, String.format(Locale.ROOT, format, args));
  }
}
