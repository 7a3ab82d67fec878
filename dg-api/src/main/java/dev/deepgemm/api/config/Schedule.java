package dev.deepgemm.api.config;

import org.jspecify.annotations.Nullable;

/**
 * How a kernel goes about its work: everything that is compiled besides the {@link dev.deepgemm.api.Signature}.
 *
 * @param tile the CTA's tile
 * @param multicast which operand a cluster shares
 * @param team who works on a tile
 * @param swizzles shared-memory swizzles
 * @param stages depth of the pipeline
 */
public record Schedule(Tile tile, Multicast multicast, Team team, Swizzles swizzles, int stages) {
  /** CTAs per cluster: those that share an operand, or those that share a tile along k. */
  public int cluster() {
    return multicast.ctas() * team.splitK();
  }

  // Written out as in GemmDesc, and for the same reason.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Schedule that
        && stages == that.stages
        && multicast == that.multicast
        && tile.equals(that.tile)
        && team.equals(that.team)
        && swizzles.equals(that.swizzles);
  }

  @Override
  public int hashCode() {
    int hash = tile.hashCode();
    hash = 31 * hash + stages;
    hash = 31 * hash + multicast.ordinal();
    hash = 31 * hash + team.hashCode();
    return 31 * hash + swizzles.hashCode();
  }
}
