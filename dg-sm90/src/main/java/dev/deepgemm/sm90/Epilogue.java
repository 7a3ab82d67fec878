package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.NamedBarrier;
import java.util.List;

/**
 * From sums in registers to D, through a staged tile in shared memory ({@link StagedTile}).
 *
 * <p>There are two ways on from there. TMA takes a large tile off the warps' hands ({@link TmaEpilogue});
 * a small one is sooner stored by the warps themselves ({@link WarpEpilogue}).
 */
interface Epilogue {

  static Epilogue of(
      Code code,
      KernelSpec spec,
      KernelSmem smem,
      SmemAddress base,
      MathThreads threads,
      KernelParams params,
      U32 rank,
      NamedBarrier.Array warpgroups) {
    StagedTile staged = new StagedTile(code, spec, smem, base, threads);
    return params.d() == null
        ? new TmaEpilogue(code, spec, staged, threads, params, rank, warpgroups)
        : new WarpEpilogue(code, spec, staged, threads, params, rank);
  }

  /** Stores the sums of one tile. */
  void emit(TileScheduler.Place place, List<List<F32Var>> sums);

  /** Waits until nothing needs shared memory any more. */
  void drain();
}
