package org.example.sm80;

import dev.deepgemm.api.DataType;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;
import dev.deepgemm.ptx.ampere.Global;

/**
 * D in global memory. Sums are stored in pairs of columns, of which the first is even, so a pair is
 * aligned; at the right edge of a matrix with an odd number of columns it is half a pair.
 */
final class Output {
  private final Code code;
  private final DataType type;
  private final U64 d;
  private final U32 rowBytes;
  private final U32 m;
  private final U32 n;

  Output(Code code, DataType type, U64 d, U32 rowBytes, U32 m, U32 n) {
    this.code = code;
    this.type = type;
    this.d = d;
    this.rowBytes = rowBytes;
    this.m = m;
    this.n = n;
  }

  /** A row of D. */
  final class Row {
    private final U64 address;
    private final Pred inside;

    private Row(U32 row) {
      address = Global.address(code, d, row, rowBytes);
      inside = code.setp(Cmp.LT, row, m);
    }

    /** Stores two neighbours, as far as they lie in D; {@code column} is even. */
    void store(U32 column, F32 first, F32 second) {
      U64 at = code.madWide(column, type.bytes(), address);
      Pred both = code.and(inside, code.setp(Cmp.LT, code.add(column, 1), n));
      Pred last = code.and(inside, code.setp(Cmp.EQ, code.add(column, 1), n));
      if (type == DataType.BF16) {
        U32 pair = code.packBf16(first, second);
        code.when(both, () -> Global.store32(code, at, pair));
        code.when(last, () -> Global.store16(code, at, pair));
      } else {
        code.when(both, () -> Global.store(code, at, first, second));
        code.when(last, () -> Global.store(code, at, first));
      }
    }
  }

  Row row(U32 row) {
    return new Row(row);
  }
}
