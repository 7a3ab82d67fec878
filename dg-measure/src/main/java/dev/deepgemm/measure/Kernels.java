package dev.deepgemm.measure;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.PluginGuard;
import java.util.List;

/** The kernels of an architecture, or an error that says there are none. */
public final class Kernels {
  private Kernels() {}

  /**
   * The kernels of an architecture.
   *
   * @throws UnsupportedGemmException if it has none ({@code DG-KERN-02})
   */
  public static KernelProvider of(ArchSpec arch) {
    return arch.kernels()
        .orElseThrow(
            () ->
                new UnsupportedGemmException(
                    Problem.of(
                        "DG-KERN-02",
                        "the plugin for %s configures problems and has no kernels; dg info lists the"
                            + " plugins that have",
                        arch.id())));
  }

  /**
   * Checks that there is a kernel for a problem.
   *
   * @throws UnsupportedGemmException if the architecture cannot configure it ({@code DG-CONF-*}) or there is
   *     no kernel ({@code DG-KERN-01}, {@code DG-KERN-02})
   */
  public static void requireSupported(ArchSpec arch, GemmDesc desc) {
    requireSupported(arch, desc.signature());
  }

  /**
   * Checks that there is a kernel for problems of a signature.
   *
   * @throws UnsupportedGemmException if the architecture cannot configure them ({@code DG-CONF-*}) or there is
   *     no kernel ({@code DG-KERN-01}, {@code DG-KERN-02})
   */
  public static void requireSupported(ArchSpec arch, Signature signature) {
    List<Problem> problems = PluginGuard.unsupported(arch, signature);
    if (!problems.isEmpty()) {
      throw new UnsupportedGemmException(problems);
    }
    Legality supported = of(arch).supports(signature);
    if (!supported.isLegal()) {
      throw new UnsupportedGemmException(
          Problem.of("DG-KERN-01", "%s: %s", arch.id(), supported.reason()));
    }
  }

  /** The same roles with another number of math threads. */
  public static ThreadRoles withMathThreads(ThreadRoles roles, int threads) {
    return new ThreadRoles(
        roles.parts().stream()
            .map(
                part ->
                    part.role().equals(ThreadRoles.MATH)
                        ? new ThreadRoles.Part(ThreadRoles.MATH, threads)
                        : part)
            .toList());
  }
}
