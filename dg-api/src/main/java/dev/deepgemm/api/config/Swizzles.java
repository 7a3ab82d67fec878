package dev.deepgemm.api.config;

import org.jspecify.annotations.Nullable;

/**
 * Shared-memory swizzle widths in bytes: 128, 64, 32, 16 (16 is the unswizzled interleave), and for
 * D also 0, "not swizzled".
 *
 * @param a of the tile of A
 * @param b of the tile of B
 * @param d of the staged output tile
 */
public record Swizzles(int a, int b, int d) {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Swizzles that && a == that.a && b == that.b && d == that.d;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * a + b) + d;
  }
}
