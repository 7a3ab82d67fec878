package dev.deepgemm.ptx.smem;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;

/**
 * Who holds (row, column) of a sum: how FP32 accumulators are spread over the registers of a warp, by
 * {@code mma.sync} for 16 rows and by {@code wgmma} for 16 rows per warp.
 *
 * <pre>
 *   columns     8 i .. 8 i + 7
 *   row r       register 4 i      4 i + 1        r = lane / 4
 *   row r + 8   register 4 i + 2  4 i + 3        column 8 i + 2 (lane mod 4), and the next
 * </pre>
 *
 * <p>So a thread has an upper and a lower row, 8 apart, and of every 8 columns two that are neighbours.
 * Registers follow the columns: those of some columns are a sublist.
 */
public final class Fragment {
  /** Rows that one warp holds. */
  public static final int WARP_ROWS = 16;

  /** From a thread's upper row to its lower one. */
  public static final int LOWER = 8;

  /** Columns of a block: the smallest number of columns whose registers lie together. */
  public static final int BLOCK_COLUMNS = 8;

  /** Registers of a block: two neighbours of the upper row, then two of the lower one. */
  public static final int BLOCK_REGISTERS = 4;

  private static final int LANES_PER_ROW = 4;
  private static final int NEIGHBOURS = 2;

  private Fragment() {}

  /** Registers per thread of so many columns, a multiple of 8; also the first one's index behind them. */
  public static int registers(int columns) {
    return columns / NEIGHBOURS;
  }

  /** First column of the block that a register belongs to. */
  public static int column(int register) {
    return register / BLOCK_REGISTERS * BLOCK_COLUMNS;
  }

  /** Threads that hold so many rows, a multiple of 16. */
  public static int threads(int rows) {
    return rows * LANES_PER_ROW / NEIGHBOURS;
  }

  /** The thread's upper row among those of its warp. */
  public static U32 upperRow(Code code, U32 lane) {
    return code.shr(lane, 2);
  }

  /** The thread's upper row among those of several warps, one below the other. */
  public static U32 upperRow(Code code, U32 warp, U32 lane) {
    return code.mad(warp, WARP_ROWS, upperRow(code, lane));
  }

  /**
   * Where the thread's two columns lie in a block, in a row of elements of some size.
   *
   * @param elementBytes 1 for the column's index itself
   */
  public static U32 column(Code code, U32 lane, int elementBytes) {
    return code.mul(code.and(lane, LANES_PER_ROW - 1), NEIGHBOURS * elementBytes);
  }
}
