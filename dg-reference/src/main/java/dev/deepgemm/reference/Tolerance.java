package dev.deepgemm.reference;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;

/**
 * How far from the exact product an output may be.
 *
 * <p>Three roundings add up. The output's: half a unit in the last place of BF16 is at most 2^-8 of an
 * element, 1.7e-3 in the root mean square. Accumulation in FP32, k additions: Hopper cuts instead of
 * rounding, so the error grows with k, 1.2e-9 of an element's magnitude per addition (measured on an
 * H200 up to k = 16,384: benchmark/results/2026-11-23-h200-baseline-check.json.gz). And, for FP8, what
 * Hopper's tensor core does inside one instruction: it adds products with about 14 bits and truncates, 2e-3
 * at worst before the sum is promoted to FP32 every 128 of k. Errors of single elements reach several times
 * their root mean square. Where the product is added to C, one more rounding of the output is allowed.
 *
 * @param relative largest legal {@link GemmError#relative}
 * @param worst largest legal {@link GemmError#worst}, which leaves the output's rounding out
 */
public record Tolerance(double relative, double worst) {
  private static final double ACCUMULATION = 2e-5;
  private static final double PER_ADDITION = 2e-9;
  private static final double FP8_PRODUCTS = 2e-3;
  private static final double STANDARD_DEVIATIONS = 8;

  /** The tolerance for random inputs of a problem. */
  public static Tolerance of(GemmDesc desc) {
    double sum = Math.max(ACCUMULATION, PER_ADDITION * desc.k());
    if (desc.aType() == DataType.FP8_E4M3) {
      sum += FP8_PRODUCTS;
    }
    double rounding = desc.dType() == DataType.BF16 ? Bfloat16.HALF_ULP : 0;
    if (desc.accumulate()) {
      // The product may be rounded before it is added to C, and the sum is rounded again.
      rounding = Math.hypot(rounding, rounding);
    }
    return new Tolerance(Math.hypot(sum, rounding), STANDARD_DEVIATIONS * sum);
  }
}
