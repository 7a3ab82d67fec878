package dev.deepgemm.cli.options;

import dev.deepgemm.api.Major;

/** How A and B lie in memory, in the letters of BLAS: the first one is A's. */
enum OperandLayout {
  /** A [m, k], B [n, k]. */
  NT(Major.K, Major.K),
  /** A [m, k], B [k, n]. */
  NN(Major.K, Major.MN),
  /** A [k, m], B [k, n]. */
  TN(Major.MN, Major.MN),
  /** A [k, m], B [n, k]. */
  TT(Major.MN, Major.K);

  private final Major a;
  private final Major b;

  OperandLayout(Major a, Major b) {
    this.a = a;
    this.b = b;
  }

  Major a() {
    return a;
  }

  Major b() {
    return b;
  }
}
