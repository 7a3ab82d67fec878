package dev.deepgemm.kernels.warpgroup;

import static dev.deepgemm.api.IntMath.cdiv;
import static dev.deepgemm.api.IntMath.gcd;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.ptx.smem.MatrixStore;

/**
 * Who stores which columns of a tile: all of them the CTA that has the tile to itself, a share each the
 * CTAs of a cluster that splits k.
 *
 * <p>A share is a number of whole units of 16 columns, what one {@code stmatrix} writes, rounded up:
 * the last CTA that has one may have fewer, and those behind it none. Of 112 columns two CTAs store 64
 * and 48; of 48 columns eight CTAs store 16, 16, 16, and five times nothing.
 *
 * @param columns of the tile
 * @param ctas that share it
 */
public record ColumnShares(int columns, int ctas) {
  private static final int UNIT = MatrixStore.COLUMNS;

  /** Those of a kernel. */
  public static ColumnShares of(KernelSpec spec) {
    return of(spec.tile(), spec.team());
  }

  /** Those of a tile that a team works on. */
  public static ColumnShares of(Tile tile, Team team) {
    return new ColumnShares(tile.n(), team.splitK());
  }

  /** Columns of a full share; that of a rank begins at so many times the rank. */
  public int full() {
    return ctas == 1 ? columns : cdiv(cdiv(columns, UNIT), ctas) * UNIT;
  }

  /** Columns of a rank. */
  public int of(int rank) {
    return Math.max(0, Math.min(full(), columns - rank * full()));
  }

  /** CTAs that have columns, the first ones. */
  public int owners() {
    return cdiv(columns, full());
  }

  /** Columns of the last CTA that has any. */
  public int last() {
    return of(owners() - 1);
  }

  /** Whether all that have columns have as many. */
  public boolean even() {
    return last() == full();
  }

  /** The widest box that divides every share and the tile. */
  public int box() {
    return gcd(full(), columns);
  }
}
