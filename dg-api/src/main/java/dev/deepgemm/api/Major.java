package dev.deepgemm.api;

/**
 * Which dimension of an operand is contiguous in memory.
 *
 * <p>"NT" in BLAS terms is K-major A times K-major B: A is stored [m, k] and B is stored [n, k].
 */
public enum Major {
  /** The k dimension is contiguous. */
  K,
  /** The m dimension (for A) or the n dimension (for B) is contiguous. */
  MN
}
