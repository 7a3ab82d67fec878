package dev.deepgemm.measure;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;

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
   * @throws UnsupportedGemmException if there is none ({@code DG-KERN-01}, {@code DG-KERN-02})
   */
  public static void requireSupported(ArchSpec arch, GemmDesc desc) {
    Legality supported = of(arch).supports(desc);
    if (!supported.isLegal()) {
      throw new UnsupportedGemmException(
          Problem.of(
              "DG-KERN-01", "%s has no kernel for %s: %s", arch.id(), desc, supported.reason()));
    }
  }
}
