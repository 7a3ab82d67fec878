package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.SwizzledRows;

/**
 * Addresses in a K-major tile in shared memory whose rows are 128 bytes, swizzled ({@link
 * SwizzledRows}).
 *
 * <p>Eight rows that are read or written at the same chunk meet all 32 banks, and so does a row that is
 * written by eight threads. Everything that differs between lanes is computed once; what is
 * left per fragment is one XOR and one addition of constants.
 */
public final class SwizzledTile {
  /** Bytes of a row. */
  public static final int ROW_BYTES = 128;

  /** Chunks of a row. */
  public static final int CHUNKS = ROW_BYTES / SwizzledRows.CHUNK_BYTES;

  private static final SwizzledRows SWIZZLED = new SwizzledRows(ROW_BYTES);
  private static final int PERIOD = SWIZZLED.period();

  private final Code code;
  private final U32 row;
  private final U32 swizzled;

  private SwizzledTile(Code code, U32 row, U32 chunk) {
    this.code = code;
    this.row = code.mul(row, ROW_BYTES);
    this.swizzled = code.shl(code.xor(chunk, SWIZZLED.pattern(code, row)), 4);
  }

  /** For the thread that writes a chunk of a row, and of the rows multiples of 8 below it. */
  public static SwizzledTile chunk(Code code, U32 row, U32 chunk) {
    return new SwizzledTile(code, row, chunk);
  }

  /**
   * For the lanes that read fragments of A.
   *
   * @param firstRow of the warp, a multiple of 16
   */
  public static SwizzledTile fragmentsA(Code code, U32 lane, U32 firstRow) {
    return new SwizzledTile(code, code.add(firstRow, code.and(lane, 15)), code.shr(lane, 4));
  }

  /**
   * For the lanes that read pairs of fragments of B.
   *
   * @param firstRow of the warp, a multiple of 16
   */
  public static SwizzledTile fragmentsB(Code code, U32 lane, U32 firstRow) {
    U32 upper = code.mul(code.shr(lane, 4), PERIOD);
    U32 row = code.add(code.add(code.and(lane, PERIOD - 1), upper), firstRow);
    return new SwizzledTile(code, row, code.and(code.shr(lane, 3), 1));
  }

  /**
   * The thread's address.
   *
   * @param tile address of row 0, a multiple of 1,024
   * @param rowsDown further down, a multiple of 8
   * @param chunksAlong further along k; the sum of this and the thread's own chunk has no carry
   */
  public SmemAddress at(SmemAddress tile, int rowsDown, int chunksAlong) {
    if (rowsDown % PERIOD != 0 || chunksAlong < 0 || chunksAlong >= CHUNKS) {
      throw new IllegalArgumentException(
          rowsDown
              + " rows down, "
              + chunksAlong
              + " chunks along; legal: multiples of 8, 0 to "
              + (CHUNKS - 1));
    }
    U32 chunk =
        chunksAlong == 0 ? swizzled : code.xor(swizzled, chunksAlong * SwizzledRows.CHUNK_BYTES);
    SmemAddress address = code.add(code.add(tile, row), chunk);
    return rowsDown == 0 ? address : code.add(address, rowsDown * ROW_BYTES);
  }
}
