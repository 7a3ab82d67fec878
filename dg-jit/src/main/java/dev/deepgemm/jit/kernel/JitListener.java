package dev.deepgemm.jit.kernel;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;

/**
 * Hears what a {@code KernelCompiler} and the {@code DeepGemm} around it do: for metrics and logs.
 *
 * <p>Called on the thread that does the work, in the middle of it: be quick. What a listener throws is
 * logged once and otherwise ignored. Several threads may call at once. Methods have empty defaults;
 * there may be more of them in later releases.
 */
public interface JitListener {
  /** A problem that was not seen before got its configuration. */
  default void configured(GemmConfig config) {}

  /**
   * An assembler is about to run.
   *
   * @param module what it will assemble
   * @param command how it is called, for people
   */
  default void assembling(PtxModule module, String command) {}

  /**
   * A kernel that was asked for is there.
   *
   * @param kernel with the tier that had it and the time that it took
   */
  default void found(CompiledKernel kernel) {}

  /**
   * A kernel was loaded onto the device.
   *
   * @param kernel its name
   * @param nanos time that loading took
   */
  default void loaded(String kernel, long nanos) {}
}
