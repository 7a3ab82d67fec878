package dev.deepgemm.ptx.smem;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;

/**
 * Where 16-byte chunks of swizzled rows lie, as TMA and the tensor cores swizzle.
 *
 * <p>Rows of w bytes lie one behind the other, and bits of the address are changed: chunk c of a row
 * lies at chunk c XOR p, where p, the row's pattern, counts the lines of 128 bytes that the row's start
 * is behind, modulo the w / 16 chunks of a row. Eight rows that are read or written at the same chunk
 * then meet all 32 banks. The pattern repeats every 8 w bytes, so the first row is aligned to that.
 *
 * @param width bytes of a row: 32, 64 or 128
 */
public record SwizzledRows(int width) {
  /** What is moved as a whole. */
  public static final int CHUNK_BYTES = 16;

  private static final int LINE_BYTES = 128;

  /** Checks the width. */
  public SwizzledRows {
    if (width != 32 && width != 64 && width != 128) {
      throw new IllegalArgumentException("swizzle of " + width + " bytes; legal: 32, 64, 128");
    }
  }

  /** Chunks of a row. */
  public int chunks() {
    return width / CHUNK_BYTES;
  }

  /** Rows after which the pattern repeats. */
  public int period() {
    return chunks() * LINE_BYTES / width;
  }

  /** The pattern of a row, by its index. */
  public U32 pattern(Code code, U32 row) {
    int rowsPerLine = LINE_BYTES / width;
    return code.rem(rowsPerLine == 1 ? row : code.div(row, rowsPerLine), chunks());
  }

  /** The pattern of a row, by where it starts. */
  public U32 patternAt(Code code, U32 rowBytes) {
    return code.rem(code.div(rowBytes, LINE_BYTES), chunks());
  }
}
