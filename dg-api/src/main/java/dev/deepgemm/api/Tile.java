package dev.deepgemm.api;

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

  @Override
  public String toString() {
    return m + "x" + n + "x" + k;
  }
}
