package dev.deepgemm.api;

/** What is multiplied: one pair of matrices, or a group of them. */
public enum GemmKind {
  /** D[m, n] = A[m, k] x B[n, k]^T. */
  NORMAL,
  /** Mixture of experts, tokens of all groups in one A, each group padded to whole tiles. */
  M_GROUPED_CONTIGUOUS,
  /** Mixture of experts, one A per group with a run-time count of valid rows. */
  M_GROUPED_MASKED,
  /** Weight gradients: groups differ in k. */
  K_GROUPED_CONTIGUOUS,
  /** Independent problems of one shape. */
  BATCHED;

  /** True for the kinds whose groups partition m. */
  public boolean isMGrouped() {
    return this == M_GROUPED_CONTIGUOUS || this == M_GROUPED_MASKED;
  }
}
