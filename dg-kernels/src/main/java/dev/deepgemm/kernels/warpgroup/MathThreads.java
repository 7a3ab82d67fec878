package dev.deepgemm.kernels.warpgroup;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;

/**
 * Where a math thread stands.
 *
 * @param shape how the warpgroups divide the tile
 * @param rowWarpgroup index of the warpgroup along m, the same in the whole warp
 * @param kSlice index of the slice along k, the same in the whole warp
 * @param thread index in the warpgroup
 * @param warp index of the warp in the warpgroup
 * @param lane index in the warp
 */
public record MathThreads(
    WarpgroupShape shape, U32 rowWarpgroup, U32 kSlice, U32 thread, U32 warp, U32 lane) {

  /** The thread that executes this code. */
  public static MathThreads of(Code code, KernelSpec spec) {
    WarpgroupShape shape = WarpgroupShape.of(spec);
    U32 tid = code.special(SpecialRegister.TID_X);
    U32 warpgroup = code.broadcast(code.div(tid, WarpgroupShape.WARPGROUP));
    U32 thread = code.rem(tid, WarpgroupShape.WARPGROUP);
    return new MathThreads(
        shape,
        code.rem(warpgroup, shape.rowWarpgroups()),
        code.div(warpgroup, shape.rowWarpgroups()),
        thread,
        code.broadcast(code.div(thread, WarpgroupShape.WARP)),
        code.special(SpecialRegister.LANEID));
  }

  /** First row of the warpgroup in the tile. */
  public U32 firstRow(Code code) {
    return code.mul(rowWarpgroup, shape.slabs() * shape.slabRows());
  }

  /** Runs the body in the warps whose rows count. */
  public void whereRowsCount(Code code, Runnable body) {
    if (shape.slabRows() == WgmmaAtom.M) {
      body.run();
    } else {
      Pred hasRows = code.setp(Cmp.LT, warp, shape.slabRows() / Fragment.WARP_ROWS);
      code.when(hasRows, body);
    }
  }
}
