package dev.deepgemm.kernels.epilogue;

import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.U32;
import java.util.List;

/**
 * From sums in registers to D, through a staged tile in shared memory ({@link StagedTile}).
 *
 * <p>There are two ways on from there. TMA takes a large tile off the warps' hands ({@link TmaStore}), and can
 * add it to what is there; a small one is sooner stored by the warps themselves ({@link WarpStore}).
 */
public interface Epilogue {
  /** Asks for tensor maps. */
  void prefetchMaps(Code code);

  /**
   * The math warpgroups' side.
   *
   * @param rank of the CTA among those that share a tile along k
   */
  Role role(Cta cta, MathThreads threads, U32 rank);

  /** What the math warpgroups do about D. */
  interface Role {
    /** Stores the sums of one tile. */
    void emit(TileScheduler.Place place, List<List<F32Var>> sums);

    /** Waits until nothing needs shared memory any more. */
    void drain();
  }
}
