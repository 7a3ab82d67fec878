package dev.deepgemm.reference;

import dev.deepgemm.api.Major;

/**
 * A or B as [mn, k], however it lies in memory.
 *
 * @param stored [mn, k], or [k, mn] if MN-major
 * @param major which dimension is contiguous
 */
public record InputMatrix(HostMatrix stored, Major major) {
  private boolean isKMajor() {
    return major == Major.K;
  }

  /** Rows of A, or of B as [n, k]. */
  public int rows() {
    return isKMajor() ? stored.rows() : stored.cols();
  }

  /** Inner extent. */
  public int k() {
    return isKMajor() ? stored.cols() : stored.rows();
  }

  /** An element. */
  public float get(int row, int inner) {
    return isKMajor() ? stored.get(row, inner) : stored.get(inner, row);
  }

  /** Sets an element, rounded to the type of the matrix. */
  public void set(int row, int inner, float value) {
    if (isKMajor()) {
      stored.set(row, inner, value);
    } else {
      stored.set(inner, row, value);
    }
  }

  /** The elements of a row into {@code into[0 .. k-1]}. */
  void decodeRow(int row, double[] into) {
    if (isKMajor()) {
      stored.decodeRow(row, into);
    } else {
      stored.decodeColumn(row, into);
    }
  }
}
