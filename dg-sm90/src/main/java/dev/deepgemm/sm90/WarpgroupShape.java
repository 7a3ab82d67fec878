package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Tile;
import dev.deepgemm.ptx.hopper.WgmmaAtom;

/**
 * How the math warpgroups of a CTA divide a tile.
 *
 * <p>First by rows: a tile is cut into slabs of 64 rows, one wgmma each, and tiles above 64 rows
 * occupy two warpgroups. With 256 rows each of the two has two slabs, one below the other. A tile of
 * 16 or 32 rows is one slab of which only the first rows count: wgmma reads 64 rows whatever the
 * tile, the rest is whatever lies behind the tile in shared memory, and its results are never stored.
 *
 * <p>Then along k: with more warpgroups than that, groups of them take the pipeline's slots in turns,
 * and hand their sums to the first group at the end of a tile ({@link KReduction}). This is for few
 * rows: a step of wgmma, wait and promotion is then a chain of latencies, and several chains side by
 * side consume what one cannot.
 *
 * @param rowWarpgroups warpgroups side by side along m: 1 or 2
 * @param kGroups groups that take turns along k: 1 to 4
 * @param slabs slabs per warpgroup
 * @param slabRows rows of a slab that count
 */
record WarpgroupShape(int rowWarpgroups, int kGroups, int slabs, int slabRows) {
  static final int WARPGROUP = 128;
  static final int WARP = 32;
  static final int MAX_K_GROUPS = 4;

  static WarpgroupShape of(KernelSpec spec) {
    return of(spec.tile(), spec.threads().math());
  }

  static WarpgroupShape of(Tile tile, int mathThreads) {
    int rowWarpgroups = tile.m() <= WgmmaAtom.M ? 1 : 2;
    int slabRows = Math.min(tile.m(), WgmmaAtom.M);
    int kGroups = mathThreads / (WARPGROUP * rowWarpgroups);
    return new WarpgroupShape(
        rowWarpgroups, kGroups, tile.m() / (rowWarpgroups * slabRows), slabRows);
  }

  /** Math threads that read one slot. */
  int threadsPerGroup() {
    return rowWarpgroups * WARPGROUP;
  }

  int mathThreads() {
    return kGroups * threadsPerGroup();
  }

  /** Threads of a group whose rows count. */
  int threadsWithRows() {
    return rowWarpgroups * slabRows * 2;
  }

  /** Bytes of the sums of one tile. */
  int sumBytes(Tile tile) {
    return slabs * tile.n() / 2 * threadsWithRows() * Float.BYTES;
  }

  /** Bytes of the sums that groups hand over. */
  int partialBytes(Tile tile) {
    return (kGroups - 1) * sumBytes(tile);
  }
}
