package dev.deepgemm.kernels.scale;

import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;
import java.util.ArrayList;
import java.util.List;

/**
 * Scales of A in the slots, one float per row of the tile: a thread reads two, one for each of its rows of a
 * slab.
 */
final class RowScales {
  private final Code code;
  private final SmemRegion region;
  private final List<SmemAddress> firstRows;

  /** The scales of a thread's upper row and of its lower one. */
  record Pair(F32 upper, F32 lower) {}

  RowScales(Cta cta, MathThreads threads) {
    this.code = cta.code();
    this.region = cta.smem().sfa();
    this.firstRows = firstRows(threads, cta.base());
  }

  /** For each slab the address of the scale of this thread's first row, in the first slot. */
  private List<SmemAddress> firstRows(MathThreads threads, SmemAddress base) {
    U32 rowInSlab = Fragment.upperRow(code, threads.warp(), threads.lane());
    if (threads.shape().slabRows() < WgmmaAtom.M) {
      // Rows that do not count have no scale: read one that exists.
      rowInSlab = code.and(rowInSlab, threads.shape().slabRows() - 1);
    }
    U32 first = code.add(threads.firstRow(code), rowInSlab);
    SmemAddress start = region.first(code, base);
    List<SmemAddress> addresses = new ArrayList<>();
    for (int slab = 0; slab < threads.shape().slabs(); slab++) {
      addresses.add(code.mad(code.add(first, slab * WgmmaAtom.M), Float.BYTES, start));
    }
    return addresses;
  }

  /** Reads the scales of a slab from a slot that has been filled. */
  Pair read(Pipeline.Filled filled, int slab) {
    SmemAddress address = code.mad(filled.slot(), region.stride(), firstRows.get(slab));
    return new Pair(
        code.ldShared(address, 0), code.ldShared(address, Fragment.LOWER * Float.BYTES));
  }
}
