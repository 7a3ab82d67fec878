package dev.deepgemm.kernels.epilogue;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.NamedBarrier;
import dev.deepgemm.ptx.sync.Sync;
import dev.deepgemm.ptx.tma.TensorBox;
import dev.deepgemm.ptx.tma.Tma;
import java.util.List;

/**
 * TMA stores what was staged, while the warps go on.
 *
 * <p>Each warpgroup stages and stores its own slabs and waits for nobody else, so the two drift
 * apart and one stores while the other one still multiplies. The staged slab is written again one
 * tile later: before that its thread 0, which issued the stores, waits until TMA has read them.
 */
final class TmaStoreRole implements Epilogue.Role {
  private final Code code;
  private final KernelSpec spec;
  private final StagedTile staged;
  private final MathThreads threads;
  private final TensorMapAddress mapD;
  private final Pred isStorer;
  private final ColumnShares shares;
  private final U32 rank;
  private final NamedBarrier warpgroup;

  TmaStoreRole(Cta cta, StagedTile staged, MathThreads threads, Param.Map mapD, U32 rank) {
    this.code = cta.code();
    this.spec = cta.spec();
    this.staged = staged;
    this.threads = threads;
    this.mapD = code.addressOf(mapD);
    this.shares = staged.shares();
    this.rank = rank;
    this.isStorer = code.setp(Cmp.EQ, threads.thread(), 0);
    this.warpgroup = cta.barriers().warpgroups().of(code, threads.rowWarpgroup());
  }

  @Override
  public void emit(TileScheduler.Place place, List<List<F32Var>> sums) {
    code.section("epilogue: through shared memory, by TMA");
    int atOnce = staged.slabsAtOnce();
    for (int slab = 0; slab < sums.size(); slab += atOnce) {
      int first = slab;
      drain();
      warpgroup.sync(code);
      threads.whereRowsCount(code, () -> staged.stage(sums.subList(first, first + atOnce)));
      Sync.fenceProxyAsync(code);
      warpgroup.sync(code);
      code.when(isStorer, () -> store(place, first));
    }
  }

  @Override
  public void drain() {
    code.when(isStorer, () -> Tma.awaitRead(code, 0));
  }

  private void store(TileScheduler.Place place, int firstSlab) {
    int columns = StagedTile.boxColumns(spec);
    U32 x = staged.firstColumn(code.mul(place.n(), spec.tile().n()), rank);
    U32 y = staged.firstRow(place);
    int boxes = shares.full() / columns;
    int everywhere = shares.last() / columns;
    storeBoxes(x, y, firstSlab, 0, everywhere);
    if (everywhere < boxes) {
      code.when(
          code.setp(Cmp.LT, rank, shares.owners() - 1),
          () -> storeBoxes(x, y, firstSlab, everywhere, boxes));
    }
    Tma.commit(code);
  }

  private void storeBoxes(U32 x, U32 y, int firstSlab, int first, int end) {
    int columns = StagedTile.boxColumns(spec);
    for (int slab = firstSlab; slab < firstSlab + staged.slabsAtOnce(); slab++) {
      for (int box = first; box < end; box++) {
        U32 row = code.add(y, slab * threads.shape().slabRows());
        TensorBox target = TensorBox.of(mapD, code.add(x, box * columns), row);
        if (spec.accumulate()) {
          Tma.reduceAdd(code, target, staged.box(slab, box));
        } else {
          Tma.store(code, target, staged.box(slab, box));
        }
      }
    }
  }
}
