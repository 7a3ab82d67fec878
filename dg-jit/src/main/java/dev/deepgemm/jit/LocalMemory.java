package dev.deepgemm.jit;

import dev.deepgemm.api.Problem;
import java.lang.System.Logger;

/** {@code DG_JIT_PTXAS_CHECK}: kernels that touch local memory are errors. */
final class LocalMemory {
  private static final Logger LOG = System.getLogger(LocalMemory.class.getName());

  private LocalMemory() {}

  /**
   * Throws if a kernel spills registers or has a stack.
   *
   * @throws JitException with the numbers ({@code DG-JIT-11})
   */
  static void refuse(CompiledKernel kernel) {
    ResourceUsage usage = kernel.cubin().usage().orElse(null);
    if (usage == null) {
      LOG.log(
          Logger.Level.WARNING,
          "DG_JIT_PTXAS_CHECK: {0} did not tell whether {1} uses local memory",
          kernel.assembler(),
          kernel.module().entry());
    } else if (usage.spills() || usage.stack() > 0) {
      throw new JitException(
          Problem.of(
              "DG-JIT-11",
              "%s uses local memory: %d bytes of stack, %d bytes of spill stores, %d bytes of spill"
                  + " loads per thread, with %d registers; DG_JIT_PTXAS_CHECK allows 0. Choose a smaller"
                  + " tile, or unset it",
              kernel.module().entry(),
              usage.stack(),
              usage.spillStores(),
              usage.spillLoads(),
              usage.registers()));
    }
  }
}
