package dev.deepgemm.api.config;

import org.jspecify.annotations.Nullable;

/**
 * The block of the problem that one CTA works on at a time.
 *
 * @param m rows of D, elements
 * @param n columns of D, elements
 * @param k depth of one pipeline stage, elements
 */
public record Tile(int m, int n, int k) {
  /** Checks that all three extents are positive. */
  public Tile {
    if (m <= 0 || n <= 0 || k <= 0) {
      throw new IllegalArgumentException("tile extents must be positive: " + m + "x" + n + "x" + k);
    }
  }

  // Written out as in GemmDesc, and for the same reason.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tile that && m == that.m && n == that.n && k == that.k;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * m + n) + k;
  }

  @Override
  public String toString() {
    return m + "x" + n + "x" + k;
  }
}
