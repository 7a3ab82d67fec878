package dev.deepgemm.kernels.epilogue;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.launch.PlainMatrix;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.smem.SwizzledRows;
import dev.deepgemm.ptx.sync.Sync;
import java.util.List;

/**
 * Each warp stores the 16 rows of a slab that it holds, by itself: it stages them, reads them back row by
 * row, and writes 16 bytes per lane.
 *
 * <p>A launch of ten microseconds that stores a few kilobytes per CTA has nothing to hide a store behind,
 * and what counts is when the CTA is over. By TMA that takes two barriers of the warpgroup, a fence between
 * proxies, and the wait until TMA has read the tile: some 650 cycles from the last product, 370 of them for
 * the last wait alone (H100, 64 x 64). Here a warp waits for no other, and ends when its stores are issued.
 * With twice as many sums per thread it was neither better nor worse; TMA then leaves the warps free.
 *
 * <p>TMA clips at the edges of D; here every lane asks whether its row and its columns exist.
 */
final class WarpStoreRole implements Epilogue.Role {
  private final Code code;
  private final KernelSpec spec;
  private final StagedTile staged;
  private final MathThreads threads;
  private final ColumnShares shares;
  private final U32 rank;
  private final WarpStore target;

  WarpStoreRole(Cta cta, StagedTile staged, MathThreads threads, WarpStore target, U32 rank) {
    this.code = cta.code();
    this.spec = cta.spec();
    this.staged = staged;
    this.threads = threads;
    this.shares = staged.shares();
    this.rank = rank;
    this.target = target;
  }

  @Override
  public void emit(TileScheduler.Place place, List<List<F32Var>> sums) {
    code.section("epilogue: through shared memory, by each warp");
    threads.whereRowsCount(
        code,
        () -> {
          // All lanes have read what was staged for the last tile.
          Sync.warp(code);
          staged.stage(sums);
          Sync.warp(code);
          store(place);
        });
  }

  @Override
  public void drain() {}

  private void store(TileScheduler.Place place) {
    U64 address = code.ldParam(target.d().address());
    U32 stride = code.ldParam(target.d().stride16());
    U32 rows = code.ldParam(target.d().rows());
    U32 columns = code.ldParam(target.columns());
    int perChunk = SwizzledRows.CHUNK_BYTES / spec.dType().bytes();
    int chunks = shares.full() / perChunk;

    U32 firstRow = code.mul(threads.warp(), Fragment.WARP_ROWS);
    U32 y = staged.firstRow(place);
    U32 x = code.mul(place.n(), spec.tile().n());
    // An uneven share ends where the tile does.
    U32 end = code.min(columns, code.add(x, spec.tile().n()));
    U32 shareX = staged.firstColumn(x, rank);

    for (int slab = 0; slab < threads.shape().slabs(); slab++) {
      for (int first = 0; first < Fragment.WARP_ROWS * chunks; first += WarpgroupShape.WARP) {
        U32 index = code.add(threads.lane(), first);
        U32 row = code.add(firstRow, code.div(index, chunks));
        U32 chunk = code.rem(index, chunks);
        U32 rowOfD = code.add(code.add(y, slab * threads.shape().slabRows()), row);
        U32 column = code.mad(chunk, perChunk, shareX);
        Pred exists = code.and(code.setp(Cmp.LT, rowOfD, rows), code.setp(Cmp.LT, column, end));
        SmemAddress from = staged.chunk(slab, row, chunk);
        U64 start = code.madWide(code.mul(rowOfD, PlainMatrix.STRIDE_UNIT), stride, address);
        U64 to = code.madWide(column, spec.dType().bytes(), start);
        code.when(exists, () -> code.stGlobal4(to, code.ldShared4(from)));
      }
    }
  }
}
