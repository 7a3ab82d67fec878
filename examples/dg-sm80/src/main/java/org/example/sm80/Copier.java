package org.example.sm80;

import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.ampere.CpAsync;
import dev.deepgemm.ptx.ampere.Global;
import dev.deepgemm.ptx.ampere.SwizzledTile;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies tiles of one operand to shared memory. Eight threads copy a row of 128 bytes; what lies
 * outside of the matrix becomes zero.
 */
final class Copier {
  private final Code code;
  private final U64 matrix;
  private final U32 rowBytes;
  private final U32 rows;
  private final U32 thread;
  private final U32 chunk;
  private final int rowsAtOnce;
  private final int tileRows;
  private final SwizzledTile place;

  Copier(Code code, U64 matrix, U32 rowBytes, U32 rows, U32 thread, int threads, int tileRows) {
    this.code = code;
    this.matrix = matrix;
    this.rowBytes = rowBytes;
    this.rows = rows;
    this.thread = code.div(thread, SwizzledTile.CHUNKS);
    this.chunk = code.rem(thread, SwizzledTile.CHUNKS);
    this.rowsAtOnce = threads / SwizzledTile.CHUNKS;
    this.tileRows = tileRows;
    this.place = SwizzledTile.chunk(code, this.thread, chunk);
  }

  /** The rows of one tile, as the thread sees them. */
  final class Rows {
    private final List<U64> addresses = new ArrayList<>();
    private final List<Pred> inside = new ArrayList<>();

    private Rows(U32 first) {
      U64 start = code.madWide(chunk, CpAsync.BYTES, matrix);
      for (int down = 0; down < tileRows; down += rowsAtOnce) {
        U32 row = code.add(code.add(first, thread), down);
        addresses.add(Global.address(code, start, row, rowBytes));
        inside.add(code.setp(Cmp.LT, row, rows));
      }
    }

    /**
     * Issues the copies of one step along k.
     *
     * @param slot where the tile goes
     * @param kBlock which step
     * @param bytes how many bytes of the thread's chunk lie in the matrix
     */
    void copy(SmemAddress slot, U32 kBlock, U32 bytes) {
      U32 none = code.u32(0);
      for (int i = 0; i < addresses.size(); i++) {
        U64 source = code.madWide(kBlock, SwizzledTile.ROW_BYTES, addresses.get(i));
        SmemAddress to = place.at(slot, i * rowsAtOnce, 0);
        CpAsync.copy16(code, to, source, code.selp(bytes, none, inside.get(i)));
      }
    }
  }

  /** The tile that starts at a row. */
  Rows rows(U32 first) {
    return new Rows(first);
  }

  /** How many bytes of the thread's chunk lie inside of rows of {@code kBytes} bytes. */
  U32 bytesInside(U32 kBlock, U32 kBytes) {
    U32 at = code.mad(kBlock, SwizzledTile.ROW_BYTES, code.mul(chunk, CpAsync.BYTES));
    U32 left = code.min(code.sub(kBytes, at), code.u32(CpAsync.BYTES));
    return code.selp(left, code.u32(0), code.setp(Cmp.LT, at, kBytes));
  }
}
