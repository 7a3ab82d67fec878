package dev.deepgemm.emulator;

import dev.deepgemm.emulator.internal.numbers.Accumulation;

/**
 * How a tensor-core instruction adds its products to the accumulator. PTX leaves precision and
 * order to the implementation; products of the narrow types are exact in every model.
 *
 * <p>{@link #HOPPER} was found with fingerprints. An H200 ran the library's kernels on random inputs
 * and each launch left one number, the relative error of its output in binary64, in which a single
 * other rounding among thousands of elements shows. Of the variants that were tried (bits kept, the
 * exponent of a product taken from its factors or from its value, the accumulator aligned with the
 * products or added behind them, halves of an instruction one after the other, cutting towards zero or
 * minus infinity, the sum cut again or not) exactly one per type gives these numbers to the last
 * digits, and it gives them for every launch. The nearest other one, FP8 without the second cut,
 * differs in the sixth digit. {@code docs/emulator.md} has the figures.
 */
public enum AccumulationModel {
  /**
   * The products of one instruction are added in binary64 and, together with the accumulator,
   * rounded once to binary32. Deterministic, and at least as precise as any hardware.
   */
  FP32(Accumulation.ROUNDED_ONCE),

  /**
   * What an H200 computes, bit for bit as far as it was compared. In each instruction all products
   * and the accumulator are aligned to the largest of their exponents, where a product has the sum of
   * its factors' exponents; what lies more than 13 (FP8) or 25 (16-bit types) bits below it is cut
   * off; they are added exactly; and of the sum 13 (FP8) or 23 bits behind the leading one are kept,
   * the others cut off. F16 was not compared, and is taken to be as BF16.
   */
  HOPPER(Accumulation.ALIGNED_AND_CUT);

  private final Accumulation accumulation;

  AccumulationModel(Accumulation accumulation) {
    this.accumulation = accumulation;
  }

  /** The arithmetic. */
  Accumulation accumulation() {
    return accumulation;
  }
}
