package dev.deepgemm.kernels.math;

import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How sums of a tile, or of some of its columns, lie in shared memory while one slice of warpgroups, or
 * one CTA, hands them to another.
 *
 * <p>All who share a tile along k have the same fragment layout, so a register goes to the same register
 * of the same thread elsewhere; the values of one register lie side by side, thread by thread, and no
 * bank is met twice. The slabs of a register come before the next register: fewer columns are the
 * beginning of more.
 */
final class SumExchange {
  private final Code code;
  private final MathThreads threads;
  private final U32 threadOffset;

  /** Sums of this thread. */
  SumExchange(Code code, MathThreads threads) {
    this.code = code;
    this.threads = threads;
    int slabThreads = Fragment.threads(threads.shape().slabRows());
    U32 index = code.mad(threads.rowWarpgroup(), slabThreads, threads.thread());
    this.threadOffset = code.mul(index, Float.BYTES);
  }

  /** Writes this thread's sums to a place for those of all threads, if its rows count. */
  void write(List<List<F32Var>> sums, SmemAddress place) {
    SmemAddress mine = code.add(place, threadOffset);
    threads.whereRowsCount(
        code,
        () -> {
          int offset = 0;
          for (F32Var sum : inOrder(sums)) {
            code.stShared(mine, offset, sum);
            offset += rowBytes();
          }
        });
  }

  /**
   * Adds what others wrote, in the order of their places, if the rows count.
   *
   * @param places where the first of them wrote
   * @param count how many there are
   * @param stride from place to place, bytes
   */
  void add(List<List<F32Var>> sums, SmemAddress places, int count, int stride) {
    SmemAddress mine = code.add(places, threadOffset);
    threads.whereRowsCount(
        code,
        () -> {
          for (int other = 0; other < count; other++) {
            int offset = other * stride;
            for (F32Var sum : inOrder(sums)) {
              code.accumulate(sum, code.ldShared(mine, offset));
              offset += rowBytes();
            }
          }
        });
  }

  private static List<F32Var> inOrder(List<List<F32Var>> sums) {
    int registers = sums.get(0).size();
    return IntStream.range(0, registers)
        .boxed()
        .flatMap(i -> sums.stream().map(slab -> slab.get(i)))
        .toList();
  }

  /** Bytes of one register of all threads whose rows count. */
  private int rowBytes() {
    return threads.shape().threadsWithRows() * Float.BYTES;
  }
}
