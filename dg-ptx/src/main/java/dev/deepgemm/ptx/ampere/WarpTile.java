package dev.deepgemm.ptx.ampere;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The part of a CTA's tile that one warp multiplies: as many atoms as its rows and columns take, their sums in
 * the warp's registers, {@code rows * columns / 32} per thread.
 *
 * <p>A step reads tiles of A [m, k] and B [n, k] in shared memory that are one swizzled row of {@value
 * SwizzledTile#ROW_BYTES} bytes wide along k ({@link SwizzledTile}). Whoever copied them there, the warp has to
 * have waited for; and its reads are those of all lanes, so a warp that tells somebody that the tiles may be
 * overwritten meets first ({@link dev.deepgemm.ptx.sync.Sync#warp}, or a barrier of the CTA).
 */
public final class WarpTile {
  /** What rows and columns are multiples of: one {@code ldmatrix} reads so many rows of A or of B. */
  public static final int UNIT = 16;

  private static final int STEPS = SwizzledTile.ROW_BYTES / MmaAtom.K_BYTES;
  private static final int CHUNKS_PER_STEP = MmaAtom.K_BYTES / CpAsync.BYTES;

  private final Code code;
  private final int columns;
  private final U32 firstRow;
  private final U32 firstColumn;
  private final U32 lane;
  private final SwizzledTile fragmentsA;
  private final SwizzledTile fragmentsB;
  private final List<List<WarpMma>> sums = new ArrayList<>();

  /**
   * The warp's part.
   *
   * @param rows of A, a multiple of {@value #UNIT}
   * @param columns of D, rows of B, a multiple of {@value #UNIT}
   * @param firstRow where the part begins in the CTA's tile, a multiple of {@value #UNIT}
   * @param firstColumn where the part begins in the CTA's tile, a multiple of {@value #UNIT}
   */
  public WarpTile(Code code, MmaAtom atom, int rows, int columns, U32 firstRow, U32 firstColumn) {
    if (rows < UNIT || rows % UNIT != 0 || columns < UNIT || columns % UNIT != 0) {
      throw new IllegalArgumentException(
          String.format(
              "a warp's tile of %d x %d; legal: multiples of %d from %d on",
              rows, columns, UNIT, UNIT));
    }
    this.code = code;
    this.columns = columns;
    this.firstRow = firstRow;
    this.firstColumn = firstColumn;
    this.lane = code.special(SpecialRegister.LANEID);
    this.fragmentsA = SwizzledTile.fragmentsA(code, lane, firstRow);
    this.fragmentsB = SwizzledTile.fragmentsB(code, lane, firstColumn);
    for (int i = 0; i < rows; i += MmaAtom.M) {
      List<WarpMma> line = new ArrayList<>();
      for (int j = 0; j < columns; j += MmaAtom.N) {
        line.add(new WarpMma(code, atom));
      }
      sums.add(line);
    }
  }

  /** Sets all sums to zero. */
  public void clear() {
    sums.forEach(line -> line.forEach(WarpMma::clear));
  }

  /**
   * Adds the products of one step. All lanes of the warp execute it.
   *
   * @param tileA address of row 0 of the CTA's tile of A, a multiple of 1,024
   * @param tileB address of row 0 of the CTA's tile of B, a multiple of 1,024
   */
  public void multiply(SmemAddress tileA, SmemAddress tileB) {
    for (int step = 0; step < STEPS; step++) {
      int chunk = step * CHUNKS_PER_STEP;
      List<FragmentB> b = new ArrayList<>();
      for (int j = 0; j < columns; j += UNIT) {
        b.addAll(MatrixLoad.b(code, fragmentsB.at(tileB, j, chunk)));
      }
      for (int i = 0; i < sums.size(); i++) {
        FragmentA a = MatrixLoad.a(code, fragmentsA.at(tileA, i * MmaAtom.M, chunk));
        for (int j = 0; j < b.size(); j++) {
          sums.get(i).get(j).add(a, b.get(j));
        }
      }
    }
  }

  /** What becomes of the sums of one row. */
  public interface Row {
    /** Two neighbours: {@code first} in {@code column}, which is even, {@code second} behind it. */
    void pair(U32 column, F32 first, F32 second);
  }

  /**
   * Hands out the thread's sums, row by row.
   *
   * @param row of D with which the CTA's tile begins
   * @param column of D with which the CTA's tile begins, even
   * @param rows what becomes of a row of D, by its index
   */
  public void forEachRow(U32 row, U32 column, Function<U32, Row> rows) {
    U32 top = code.add(code.add(row, firstRow), Fragment.upperRow(code, lane));
    U32 left = code.add(code.add(column, firstColumn), Fragment.column(code, lane, 1));
    for (int i = 0; i < sums.size(); i++) {
      for (int half = 0; half < 2; half++) {
        Row to = rows.apply(code.add(top, i * MmaAtom.M + half * Fragment.LOWER));
        for (int j = 0; j < sums.get(i).size(); j++) {
          WarpMma sum = sums.get(i).get(j);
          to.pair(code.add(left, j * MmaAtom.N), sum.get(half, 0), sum.get(half, 1));
        }
      }
    }
  }
}
