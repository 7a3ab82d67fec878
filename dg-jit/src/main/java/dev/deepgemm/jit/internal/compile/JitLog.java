package dev.deepgemm.jit.internal.compile;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitListener;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.Optional;

/**
 * Logs what the options ask for, under DeepGEMM's names: {@code DG_PRINT_CONFIGS}, {@code
 * DG_JIT_PRINT_COMPILER_COMMAND}, {@code DG_JIT_PTXAS_VERBOSE}, {@code DG_JIT_PRINT_LOAD_TIME}, and all of
 * it with {@code DG_JIT_DEBUG}. At level INFO, which the loggers of most runtimes show; never on stdout,
 * which belongs to the program.
 */
public final class JitLog implements JitListener {
  private static final Logger LOG = System.getLogger(JitLog.class.getName());

  private final boolean debug;
  private final boolean configs;
  private final boolean command;
  private final boolean output;
  private final boolean loadTime;

  private JitLog(Options options) {
    debug = options.get(Options.JIT_DEBUG);
    configs = debug || options.get(Options.PRINT_CONFIGS);
    command = debug || options.get(Options.JIT_PRINT_COMPILER_COMMAND);
    output = debug || options.get(Options.JIT_PTXAS_VERBOSE);
    loadTime = debug || options.get(Options.JIT_PRINT_LOAD_TIME);
  }

  /** The log that the options ask for; empty if they ask for none. */
  static Optional<JitListener> of(Options options) {
    JitLog log = new JitLog(options);
    return log.configs || log.command || log.output || log.loadTime
        ? Optional.of(log)
        : Optional.empty();
  }

  @Override
  public void configured(GemmConfig config) {
    if (configs) {
      LOG.log(
          Level.INFO,
          "config: {0} gets {1} on {2} SMs, {3} B of shared memory",
          config.desc(),
          config.kernel().id(),
          Integer.toString(config.numSms()),
          Integer.toString(config.smemBytes()));
    }
  }

  @Override
  public void assembling(PtxModule module, String how) {
    if (command) {
      LOG.log(Level.INFO, "command: {0}: {1}", module.entry(), how);
    }
  }

  @Override
  public void found(CompiledKernel kernel) {
    if (debug) {
      LOG.log(
          Level.INFO,
          "kernel: {0} from {1} in {2} ms, {3} B by {4} {5}",
          kernel.module().entry(),
          kernel.tier().name().toLowerCase(Locale.ROOT),
          millis(kernel.nanos()),
          Integer.toString(kernel.cubin().size()),
          kernel.assembler(),
          kernel.options());
    }
    if (output && kernel.tier() != CacheTier.MEMORY) {
      LOG.log(Level.INFO, "assembler: {0}: {1}", kernel.module().entry(), said(kernel.cubin()));
    }
  }

  /** What the assembler printed; of a kernel that is older than the process, what was kept of it. */
  private static String said(Cubin cubin) {
    if (!cubin.log().isBlank()) {
      return cubin.log().strip();
    }
    return cubin
        .usage()
        .map(
            usage ->
                usage.registers()
                    + " registers, "
                    + usage.stack()
                    + " bytes stack frame, "
                    + usage.spillStores()
                    + " bytes spill stores, "
                    + usage.spillLoads()
                    + " bytes spill loads, "
                    + usage.staticSmem()
                    + " bytes smem (from the cache)")
        .orElse("nothing is known of its registers (from the cache)");
  }

  @Override
  public void loaded(String kernel, long nanos) {
    if (loadTime) {
      LOG.log(Level.INFO, "load: {0} in {1} ms", kernel, millis(nanos));
    }
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }
}
