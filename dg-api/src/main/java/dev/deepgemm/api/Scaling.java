package dev.deepgemm.api;

/** How FP8 operands are scaled; the names are DeepGEMM's. */
public enum Scaling {
  /** A and B have one FP32 scale per row and 128 of k. */
  KERNEL_1D1D,
  /** A has one FP32 scale per row and 128 of k, B one per 128 x 128 block. */
  KERNEL_1D2D,
  /** No scales (BF16). */
  KERNEL_NO_SF;

  /** Elements of k (and, for two-dimensional scales, of n) that share one scale. */
  public static final int GRANULARITY = 128;
}
