package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Special;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.hopper.WgmmaAtom;

/**
 * Where a math thread stands, and which rows of the tile its warpgroup computes.
 *
 * <p>A tile is cut into slabs of 64 rows, one wgmma each. With 256 rows each of the two warpgroups
 * has two slabs, one below the other. A tile of 16 or 32 rows is one slab of which only the first
 * rows count: wgmma reads 64 rows whatever the tile, the rest is whatever lies behind the tile in
 * shared memory, and its results are never stored.
 *
 * @param warpgroup index of the warpgroup, the same in the whole warp
 * @param thread index in the warpgroup
 * @param warp index of the warp in the warpgroup
 * @param lane index in the warp
 * @param slabs slabs per warpgroup
 * @param slabRows rows of a slab that count
 */
record MathThreads(U32 warpgroup, U32 thread, U32 warp, U32 lane, int slabs, int slabRows) {
  static final int WARPGROUP = 128;
  static final int WARP = 32;

  static MathThreads of(Code code, KernelSpec spec) {
    U32 tid = code.special(Special.TID_X);
    U32 thread = code.rem(tid, WARPGROUP);
    int warpgroups = spec.threads().math() / WARPGROUP;
    int slabRows = slabRows(spec);
    return new MathThreads(
        code.broadcast(code.div(tid, WARPGROUP)),
        thread,
        code.broadcast(code.div(thread, WARP)),
        code.special(Special.LANEID),
        spec.tile().m() / (warpgroups * slabRows),
        slabRows);
  }

  /** Rows of a slab that count. */
  static int slabRows(KernelSpec spec) {
    return Math.min(spec.tile().m(), WgmmaAtom.M);
  }

  /** First row of the warpgroup in the tile. */
  U32 firstRow(Code code) {
    return code.mul(warpgroup, slabs * slabRows);
  }
}
