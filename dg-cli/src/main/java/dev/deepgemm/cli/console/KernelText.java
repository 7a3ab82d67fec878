package dev.deepgemm.cli.console;

import dev.deepgemm.api.Multicast;
import dev.deepgemm.spi.Tuning;
import java.util.Locale;

/** Kernels in tables. */
public final class KernelText {
  private KernelText() {}

  /** A kernel in few words. */
  public static String describe(Tuning.Kernel kernel) {
    int splitK = kernel.team().splitK();
    return kernel.tile()
        + (kernel.multicast() == Multicast.NONE ? "" : " " + kernel.multicast())
        + String.format(
            Locale.ROOT, " s%d %d threads", kernel.stages(), kernel.team().threads().total())
        + (splitK == 1 ? "" : " split " + splitK);
  }
}
