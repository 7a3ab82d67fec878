package dev.deepgemm.jit.internal.compile;

import dev.deepgemm.api.JitMode;
import dev.deepgemm.api.Options;
import dev.deepgemm.jit.kernel.JitListener;
import java.util.ArrayList;
import java.util.List;

/**
 * What the options say about compiling, read once.
 *
 * @param mode what happens when a kernel has to be compiled
 * @param lineInfo whether machine code knows the lines of Java it comes from
 * @param refuseSlowCode whether a kernel that uses local memory, or that its assembler calls slow, is an
 *     error
 * @param listeners who hears of everything from the start
 */
public record JitSettings(
    JitMode mode, boolean lineInfo, boolean refuseSlowCode, List<JitListener> listeners) {

  public static JitSettings of(Options options) {
    List<JitListener> listeners = new ArrayList<>();
    JitLog.of(options).ifPresent(listeners::add);
    AsmDump.of(options).ifPresent(listeners::add);
    return new JitSettings(
        options.get(Options.JIT_MODE),
        options.get(Options.JIT_WITH_LINEINFO),
        options.get(Options.JIT_PTXAS_CHECK),
        listeners);
  }

  public static JitSettings defaults() {
    return of(Options.defaults());
  }
}
