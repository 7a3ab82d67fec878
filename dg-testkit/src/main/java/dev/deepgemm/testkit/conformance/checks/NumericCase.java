package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.testkit.conformance.spec.Product;

/**
 * One run of a kernel.
 *
 * @param product what is multiplied
 * @param m rows of D
 * @param n columns of D
 * @param k inner extent
 * @param smLimit SMs for the selector; few, so that CTAs take several tiles
 * @param grid CTAs to launch instead of what was selected; 0 for what was selected
 * @param inputs what the operands hold
 * @param variant index of the team; 0 for the one that is selected
 * @param again tells repetitions of the same run apart
 */
record NumericCase(
    Product product,
    int m,
    int n,
    int k,
    int smLimit,
    int grid,
    Inputs inputs,
    int variant,
    int again) {

  /** What operands hold. */
  enum Inputs {
    /** Integers from -2 to 2; scales of 1. */
    INTEGERS,
    /** The same with scales that are powers of two and differ everywhere. */
    SCALED,
    /** Normally distributed, scales over two decades. */
    RANDOM,
    /** Integers, with NaN and infinities. */
    NOT_FINITE,
    /** Integers, with zeros, subnormals and largest values. */
    EXTREME
  }

  static NumericCase of(Product product, int m, int n, int k, int smLimit, Inputs inputs) {
    return new NumericCase(product, m, n, k, smLimit, 0, inputs, 0, 0);
  }

  NumericCase onGrid(int ctas, int repetition) {
    return new NumericCase(product, m, n, k, smLimit, ctas, inputs, variant, repetition);
  }

  NumericCase withVariant(int index) {
    return new NumericCase(product, m, n, k, smLimit, grid, inputs, index, again);
  }

  GemmDesc desc() {
    return product.problem(m, n, k, smLimit);
  }

  @Override
  public String toString() {
    return String.format(
        "%s m %d, n %d, k %d, %s inputs%s%s",
        product,
        m,
        n,
        k,
        inputs,
        grid == 0 ? "" : " on " + grid + " CTAs",
        variant == 0 ? "" : " with team " + variant);
  }
}
