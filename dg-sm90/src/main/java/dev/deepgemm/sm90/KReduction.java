package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.hopper.Sync;
import java.util.List;

/**
 * Adds the sums of the groups that took turns along k, in the order of the groups: the result does not
 * depend on which of them was faster.
 *
 * <p>All groups have the same fragment layout, so a register goes to the same register of the same
 * thread of the first group; in shared memory the values of one register lie side by side, thread by
 * thread, and no bank is met twice.
 */
final class KReduction {
  private final Code code;
  private final KernelSpec spec;
  private final MathThreads threads;
  private final U32 mine;
  private final U32 barrier;

  KReduction(Code code, KernelSpec spec, KernelSmem smem, U32 base, MathThreads threads) {
    this.code = code;
    this.spec = spec;
    this.threads = threads;
    int warpThreads = threads.shape().slabRows() * 2;
    U32 index = code.mad(threads.rowWarpgroup(), warpThreads, threads.thread());
    this.mine = code.mad(index, Float.BYTES, smem.partials().at(code, base));
    // Behind the barriers of the CTA and of the epilogue's two warpgroups.
    this.barrier = code.u32(3);
  }

  /** Adds up, then runs the body in the first group. */
  void emit(List<List<F32>> sums, Runnable inFirstGroup) {
    WarpgroupShape shape = threads.shape();
    if (shape.kGroups() == 1) {
      inFirstGroup.run();
      return;
    }
    Pred isFirst = code.setp(Cmp.EQ, threads.kGroup(), 0);
    // The first group has read what was handed over for the last tile.
    Sync.named(code, barrier, shape.mathThreads());
    code.when(
        code.setp(Cmp.NE, threads.kGroup(), 0),
        () -> {
          U32 address = code.mad(code.sub(threads.kGroup(), 1), groupBytes(), mine);
          threads.whereRowsCount(code, () -> handOver(sums, address));
        });
    Sync.named(code, barrier, shape.mathThreads());
    code.when(
        isFirst,
        () -> {
          threads.whereRowsCount(code, () -> takeOver(sums));
          inFirstGroup.run();
        });
  }

  private void handOver(List<List<F32>> sums, U32 address) {
    int offset = 0;
    for (List<F32> slab : sums) {
      for (F32 sum : slab) {
        code.stShared(address, offset, sum);
        offset += rowBytes();
      }
    }
  }

  private void takeOver(List<List<F32>> sums) {
    int offset = 0;
    for (int group = 1; group < threads.shape().kGroups(); group++) {
      for (List<F32> slab : sums) {
        for (F32 sum : slab) {
          code.accumulate(sum, code.ldShared(mine, offset));
          offset += rowBytes();
        }
      }
    }
  }

  /** Bytes of one register of all threads of a group. */
  private int rowBytes() {
    return threads.shape().threadsWithRows() * Float.BYTES;
  }

  private int groupBytes() {
    return threads.shape().slabs() * spec.tile().n() / 2 * rowBytes();
  }
}
