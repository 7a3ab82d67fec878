package dev.deepgemm.jit.internal.compile;

import dev.deepgemm.api.Problem;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks at what an assembler made of a kernel. Spilled registers and an ignored {@code setmaxnreg} leave the
 * results right and cost up to more than half of the speed, so nobody would find them: the first such kernel
 * of a compiler is a warning, and with {@code DG_JIT_PTXAS_CHECK} each of them an error.
 */
public final class KernelQuality {
  private static final Logger LOG = System.getLogger(KernelQuality.class.getName());

  private final boolean refuse;
  private final AtomicBoolean warned = new AtomicBoolean();

  public KernelQuality(boolean refuse) {
    this.refuse = refuse;
  }

  /**
   * Judges a kernel.
   *
   * @throws JitException with the numbers if it is bad and the options forbid that ({@code DG-JIT-11})
   */
  public void judge(CompiledKernel kernel) {
    if (refuse) {
      refuse(kernel);
    } else {
      slow(kernel).ifPresent(what -> warn(kernel, what));
    }
  }

  private static void refuse(CompiledKernel kernel) {
    ResourceUsage usage = kernel.cubin().usage().orElse(null);
    boolean local = usage != null && (usage.spills() || usage.stack() > 0);
    if (local || !kernel.cubin().losses().isEmpty()) {
      throw new JitException(
          Problem.of(
              "DG-JIT-11",
              "%s, assembled by %s: %s; DG_JIT_PTXAS_CHECK allows none of it. Choose another"
                  + " assembler (DG_JIT_ASSEMBLER) or a smaller tile, or unset it",
              kernel.module().entry(),
              kernel.assembler(),
              description(kernel.cubin(), local)));
    }
    if (usage == null) {
      LOG.log(
          Logger.Level.WARNING,
          "DG_JIT_PTXAS_CHECK: {0} did not tell whether {1} uses local memory",
          kernel.assembler(),
          kernel.module().entry());
    }
  }

  /** What makes a kernel slow; empty if nothing is known to. */
  private static Optional<String> slow(CompiledKernel kernel) {
    boolean spills = kernel.cubin().usage().map(ResourceUsage::spills).orElse(false);
    return spills || !kernel.cubin().losses().isEmpty()
        ? Optional.of(description(kernel.cubin(), spills))
        : Optional.empty();
  }

  private static String description(Cubin cubin, boolean local) {
    List<String> parts = new ArrayList<>(cubin.losses());
    if (local) {
      ResourceUsage usage = cubin.usage().orElseThrow();
      parts.add(
          "it uses local memory: "
              + usage.stack()
              + " bytes of stack, "
              + usage.spillStores()
              + " bytes of spill stores, "
              + usage.spillLoads()
              + " bytes of spill loads per thread, with "
              + usage.registers()
              + " registers");
    }
    return String.join("; ", parts);
  }

  private void warn(CompiledKernel kernel, String what) {
    // The whole text as it is: a brace in it is no placeholder.
    LOG.log(
        warned.getAndSet(true) ? Logger.Level.DEBUG : Logger.Level.WARNING,
        "{0}",
        "kernel "
            + kernel.module().entry()
            + ", assembled by "
            + kernel.assembler()
            + ", gives right results slowly, at worst at less than half speed: "
            + what
            + ". Use the assembler driver or ptxas: unset DG_JIT_ASSEMBLER, see in `dg info` which are"
            + " here and why others are not, and make kernel packs again. Further kernels of this kind"
            + " are logged at DEBUG; DG_JIT_PTXAS_CHECK=1 makes each an error");
  }
}
