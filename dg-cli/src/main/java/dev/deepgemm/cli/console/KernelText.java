package dev.deepgemm.cli.console;

import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.spi.Tuning;
import java.util.Locale;

/** Kernels in tables. */
public final class KernelText {
  private KernelText() {}

  /** As in "FP8_E4M3 -> BF16", and what is unusual besides: scales, a layout, C. */
  public static String describe(Signature signature) {
    boolean usualScales =
        !signature.scaling().isScaled() || signature.scaling().equals(ScaleScheme.FP32_1D2D);
    return signature.aType()
        + (usualScales ? "" : " " + signature.scaling())
        + (signature.layout().equals("NT") ? "" : " " + signature.layout())
        + " -> "
        + signature.dType()
        + (signature.accumulate() ? " + C" : "");
  }

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
