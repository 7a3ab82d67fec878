package dev.deepgemm.sm90;

import dev.deepgemm.api.Tile;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.U32;
import java.util.List;

/**
 * How sums of a tile lie in shared memory while one group of warpgroups, or one CTA, hands them to
 * another.
 *
 * <p>All who share a tile along k have the same fragment layout, so a register goes to the same register
 * of the same thread elsewhere; the values of one register lie side by side, thread by thread, and no
 * bank is met twice.
 */
final class SumExchange {
  private final Code code;
  private final MathThreads threads;
  private final U32 threadOffset;

  SumExchange(Code code, MathThreads threads) {
    this.code = code;
    this.threads = threads;
    int warpThreads = threads.shape().slabRows() * 2;
    U32 index = code.mad(threads.rowWarpgroup(), warpThreads, threads.thread());
    this.threadOffset = code.mul(index, Float.BYTES);
  }

  /** Bytes of the sums of one tile. */
  int bytes(Tile tile) {
    return threads.shape().sumBytes(tile);
  }

  /** Writes this thread's sums to a place for those of a whole tile, if its rows count. */
  void write(List<List<F32>> sums, U32 place) {
    U32 mine = code.add(place, threadOffset);
    threads.whereRowsCount(
        code,
        () -> {
          int offset = 0;
          for (List<F32> slab : sums) {
            for (F32 sum : slab) {
              code.stShared(mine, offset, sum);
              offset += rowBytes();
            }
          }
        });
  }

  /** Adds what others wrote, one place behind the other and in that order, if the rows count. */
  void add(List<List<F32>> sums, U32 places, int count) {
    U32 mine = code.add(places, threadOffset);
    threads.whereRowsCount(
        code,
        () -> {
          int offset = 0;
          for (int other = 0; other < count; other++) {
            for (List<F32> slab : sums) {
              for (F32 sum : slab) {
                code.accumulate(sum, code.ldShared(mine, offset));
                offset += rowBytes();
              }
            }
          }
        });
  }

  /** Bytes of one register of all threads whose rows count. */
  private int rowBytes() {
    return threads.shape().threadsWithRows() * Float.BYTES;
  }
}
