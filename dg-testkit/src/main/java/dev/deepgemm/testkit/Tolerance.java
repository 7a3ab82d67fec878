package dev.deepgemm.testkit;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;

/**
 * How far from the exact product an output may be.
 *
 * <p>Three roundings add up. The output's: half a unit in the last place of BF16 is 2^-9, which is
 * 1.7e-3 in the root mean square and up to 5 x 2^-9 of an element's magnitude, because elements
 * reach five standard deviations. Accumulation in FP32, k additions: below 1e-5. And, for FP8, what
 * Hopper's tensor core does inside one instruction: it adds products with about 14 bits and
 * truncates, 2e-3 at worst before the sum is promoted to FP32 every 128 of k.
 *
 * @param relative largest legal {@link GemmError#relative}
 * @param worst largest legal {@link GemmError#worst}
 */
public record Tolerance(double relative, double worst) {
  private static final double ACCUMULATION = 2e-5;
  private static final double FP8_PRODUCTS = 2e-3;
  private static final double BF16_ROUNDING = 2e-3;
  private static final double STANDARD_DEVIATIONS = 8;

  /** The tolerance for random inputs of a problem. */
  public static Tolerance of(GemmDesc desc) {
    double sum = ACCUMULATION;
    if (desc.abType() == DataType.FP8_E4M3) {
      sum += FP8_PRODUCTS;
    }
    if (desc.cdType() == DataType.BF16) {
      sum += BF16_ROUNDING;
    }
    return new Tolerance(sum, STANDARD_DEVIATIONS * sum);
  }
}
