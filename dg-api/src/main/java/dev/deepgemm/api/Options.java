package dev.deepgemm.api;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of the library, and the only class that reads the environment.
 *
 * <p>Precedence: set in code, then Java system property, then environment variable, then default.
 * An instance is immutable and knows its sources, so that tests hand in maps and never touch the
 * process. A value is parsed when it is asked for: a bad value of an option that nobody asks for
 * hurts nobody.
 */
public final class Options {
  /**
   * Whether the number of SMs of a launch is minimised. DeepGEMM's switch, with its values: 0 is
   * off, any other integer is on.
   */
  public static final Option<Boolean> MINIMIZE_NUM_SMS =
      Option.named("DG_MINIMIZE_NUM_SMS", "dg.minimizeNumSms")
          .legal("a 32-bit integer: 0 launches on all SMs, any other minimises their number")
          .doc("minimise the SMs of a launch without adding a wave (0 = off)")
          .otherwise("1", Options::parseSwitch);

  /** By which rules a problem gets its configuration. */
  public static final Option<Heuristics> HEURISTICS =
      Option.named("DG_HEURISTICS", "dg.heuristics")
          .legal("classic or tuned")
          .doc(
              "choose configurations by a cost model fitted to measurements where the architecture has"
                  + " one (tuned), or by DeepGEMM's rules (classic)")
          .otherwise("tuned", Options::parseHeuristics);

  /** Folder of the cubin cache; empty means {@code $HOME/.deep_gemm}. */
  public static final Option<String> JIT_CACHE_DIR =
      Option.named("DG_JIT_CACHE_DIR", "dg.jitCacheDir")
          .legal("a path")
          .doc("folder of the kernel cache (empty: $HOME/.deep_gemm)")
          .otherwise("", Function.identity());

  /** Which assembler turns PTX into a cubin. */
  public static final Option<String> JIT_ASSEMBLER =
      Option.named("DG_JIT_ASSEMBLER", "dg.jitAssembler")
          .legal("auto, driver, ptxas, embedded, nvjitlink or linker")
          .doc("which assembler turns PTX into machine code")
          .otherwise("auto", oneOf("auto", "driver", "ptxas", "embedded", "nvjitlink", "linker"));

  /** Whether kernel packs on the class path are used. */
  public static final Option<Boolean> JIT_PACKS =
      Option.named("DG_JIT_PACKS", "dg.jitPacks")
          .legal("a 32-bit integer: 0 ignores kernel packs, any other uses them")
          .doc("use the kernel packs of the class path (0 = off)")
          .otherwise("1", Options::parseSwitch);

  /** What happens when a kernel would have to be compiled. */
  public static final Option<JitMode> JIT_MODE =
      Option.named("DG_JIT_MODE", "dg.jitMode")
          .legal("auto, warn or never")
          .doc(
              "compile what is missing (auto), log each compile with its shape and caller (warn), or"
                  + " refuse it (never)")
          .otherwise("auto", Options::parseMode);

  /** Bound of the kernel cache on disk, in MiB. */
  public static final Option<Long> JIT_CACHE_MAX_MB =
      Option.named("DG_JIT_CACHE_MAX_MB", "dg.jitCacheMaxMb")
          .legal("an integer from 0 to 1048576: MiB, 0 for no limit")
          .doc("size of the kernel cache above which the least recently used kernels are removed")
          .otherwise("1024", Options::parseMegabytes);

  /** Everything that the next ones log. */
  public static final Option<Boolean> JIT_DEBUG =
      flag(
          "DG_JIT_DEBUG",
          "dg.jitDebug",
          "log where each kernel came from, configurations, commands, assembler output, load times");

  /** The chosen configuration of each new problem. */
  public static final Option<Boolean> PRINT_CONFIGS =
      flag("DG_PRINT_CONFIGS", "dg.printConfigs", "log the configuration that each problem gets");

  /** How each assembler is called. */
  public static final Option<Boolean> JIT_PRINT_COMPILER_COMMAND =
      flag(
          "DG_JIT_PRINT_COMPILER_COMMAND",
          "dg.jitPrintCompilerCommand",
          "log how the assembler is called");

  /** What each assembler prints. */
  public static final Option<Boolean> JIT_PTXAS_VERBOSE =
      flag(
          "DG_JIT_PTXAS_VERBOSE",
          "dg.jitPtxasVerbose",
          "log what the assembler prints, registers and spills among it");

  /** Whether a kernel that uses local memory, or that its assembler calls slow, is an error. */
  public static final Option<Boolean> JIT_PTXAS_CHECK =
      flag(
          "DG_JIT_PTXAS_CHECK",
          "dg.jitPtxasCheck",
          "refuse a kernel that spills registers, has a stack, or is slow by its assembler's own word");

  /** How long loading takes. */
  public static final Option<Boolean> JIT_PRINT_LOAD_TIME =
      flag(
          "DG_JIT_PRINT_LOAD_TIME",
          "dg.jitPrintLoadTime",
          "log how long each kernel took to load onto the device");

  /** PTX files beside the cache. */
  public static final Option<Boolean> JIT_DUMP_PTX =
      flag("DG_JIT_DUMP_PTX", "dg.jitDumpPtx", "write each kernel's PTX to dump/ in the cache");

  /** SASS files beside the cache. */
  public static final Option<Boolean> JIT_DUMP_SASS =
      flag(
          "DG_JIT_DUMP_SASS",
          "dg.jitDumpSass",
          "write each kernel's SASS to dump/ in the cache (needs nvdisasm or cuobjdump on the PATH)");

  /** Both. */
  public static final Option<Boolean> JIT_DUMP_ASM =
      flag("DG_JIT_DUMP_ASM", "dg.jitDumpAsm", "write each kernel's PTX and SASS");

  /** Lines of Java in the machine code. */
  public static final Option<Boolean> JIT_WITH_LINEINFO =
      flag(
          "DG_JIT_WITH_LINEINFO",
          "dg.jitWithLineinfo",
          "tell profilers which line of Java emitted an instruction (such kernels are cached apart)");

  /** Whether launches overlap: programmatic dependent launch. */
  public static final Option<Boolean> JIT_PDL =
      Option.named("DG_JIT_PDL", "dg.jitPdl")
          .legal(
              "a 32-bit integer: 0 launches one after the other, any other lets launches overlap")
          .doc(
              "let a launch begin while the one before it in the stream ends (1 = on, default; 0 = off)")
          .otherwise("1", Options::parseSwitch);

  /** Whether B and its scales are constant in every call, as {@link dev.deepgemm.api.launch.GemmOperands#constantB} says. */
  public static final Option<Boolean> CONSTANT_WEIGHTS =
      Option.named("DG_CONSTANT_WEIGHTS", "dg.constantWeights")
          .legal(
              "a 32-bit integer: 0 is off, any other promises that B and its scales are constant")
          .doc(
              "promise that nothing in flight writes B or its scales: a launch then fetches them before the"
                  + " launch in front of it has ended (0 = off: only where the operands of a call say so)")
          .otherwise("0", Options::parseSwitch);

  private static final List<Option<?>> ALL =
      List.of(
          MINIMIZE_NUM_SMS,
          HEURISTICS,
          JIT_MODE,
          JIT_CACHE_DIR,
          JIT_CACHE_MAX_MB,
          JIT_ASSEMBLER,
          JIT_PACKS,
          JIT_DEBUG,
          PRINT_CONFIGS,
          JIT_PRINT_COMPILER_COMMAND,
          JIT_PTXAS_VERBOSE,
          JIT_PTXAS_CHECK,
          JIT_PRINT_LOAD_TIME,
          JIT_DUMP_PTX,
          JIT_DUMP_SASS,
          JIT_DUMP_ASM,
          JIT_WITH_LINEINFO,
          JIT_PDL,
          CONSTANT_WEIGHTS);

  private final Map<String, String> program;
  private final Map<String, String> properties;
  private final Map<String, String> environment;

  private Options(
      Map<String, String> program,
      Map<String, String> properties,
      Map<String, String> environment) {
    this.program = Map.copyOf(program);
    this.properties = Map.copyOf(properties);
    this.environment = Map.copyOf(environment);
  }

  /** The settings of this process: its system properties and its environment, as they are now. */
  public static Options fromEnvironment() {
    Map<String, String> properties = new HashMap<>();
    for (Option<?> option : ALL) {
      String value = System.getProperty(option.property());
      if (value != null) {
        properties.put(option.property(), value);
      }
    }
    return new Options(Map.of(), properties, System.getenv());
  }

  /** Settings from the given maps; what tests use. */
  public static Options of(Map<String, String> properties, Map<String, String> environment) {
    return new Options(Map.of(), properties, environment);
  }

  /** Nothing is set: every option has its default. */
  public static Options defaults() {
    return new Options(Map.of(), Map.of(), Map.of());
  }

  /** Every option that exists, in the order in which they are documented. */
  public static List<Option<?>> all() {
    return ALL;
  }

  /** The same settings with one set in code; it wins over property and environment. */
  public Options with(Option<?> option, String value) {
    Map<String, String> changed = new HashMap<>(program);
    changed.put(option.property(), value);
    return new Options(changed, properties, environment);
  }

  /** The value of an option. */
  public <T> T get(Option<T> option) {
    return resolve(option).value();
  }

  /**
   * The value of an option and where it came from.
   *
   * @throws OptionException if the value is not legal ({@code DG-OPT-01})
   */
  public <T> Option.Resolved<T> resolve(Option<T> option) {
    String text = program.get(option.property());
    if (text != null) {
      return option.resolve(text, Option.Source.PROGRAM);
    }
    text = properties.get(option.property());
    if (text != null) {
      return option.resolve(text, Option.Source.PROPERTY);
    }
    text = environment.get(option.env());
    if (text != null) {
      return option.resolve(text, Option.Source.ENVIRONMENT);
    }
    return option.resolve(null, Option.Source.DEFAULT);
  }

  /** An environment variable that is not ours, such as HOME or PATH; null if it is not set. */
  public @Nullable String foreign(String variable) {
    return environment.get(variable);
  }

  /** An option that is off unless somebody sets it; DeepGEMM's have these values too. */
  private static Option<Boolean> flag(String env, String property, String doc) {
    return Option.named(env, property)
        .legal("a 32-bit integer: 0 is off, any other on")
        .doc(doc)
        .otherwise("0", Options::parseSwitch);
  }

  private static Heuristics parseHeuristics(String text) {
    return Heuristics.valueOf(text.strip().toUpperCase(Locale.ROOT));
  }

  private static JitMode parseMode(String text) {
    return JitMode.valueOf(text.strip().toUpperCase(Locale.ROOT));
  }

  private static Long parseMegabytes(String text) {
    long value = Long.parseLong(text.strip());
    if (value < 0 || value > 1 << 20) {
      throw new IllegalArgumentException(text);
    }
    return value;
  }

  private static Boolean parseSwitch(String text) {
    // Like C's integer parsing, 32 bits: "+1" and " 1" are integers there too.
    return Integer.parseInt(text.strip()) != 0;
  }

  private static Function<String, String> oneOf(String... legal) {
    List<String> values = List.of(legal);
    return text -> {
      String value = text.strip().toLowerCase(Locale.ROOT);
      if (!values.contains(value)) {
        throw new IllegalArgumentException(text);
      }
      return value;
    };
  }
}
