package org.example.sm80;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.ampere.CpAsync;
import dev.deepgemm.ptx.ampere.FragmentA;
import dev.deepgemm.ptx.ampere.FragmentB;
import dev.deepgemm.ptx.ampere.MatrixLoad;
import dev.deepgemm.ptx.ampere.MmaAtom;
import dev.deepgemm.ptx.ampere.SwizzledTile;
import dev.deepgemm.ptx.ampere.WarpMma;
import dev.deepgemm.ptx.smem.Fragment;
import java.util.ArrayList;
import java.util.List;

/** The part of a CTA's tile that one warp multiplies: two warps along m, the others along n. */
final class WarpTile {
  private static final int WARP = 32;
  private static final int WARPS_M = 2;

  /** Rows of B that one ldmatrix reads. */
  private static final int B_ROWS = 2 * MmaAtom.N;

  private final Code code;
  private final MmaAtom atom;
  private final int steps;
  private final int rows;
  private final int columns;
  private final U32 firstRow;
  private final U32 firstColumn;
  private final U32 lane;
  private final SwizzledTile fragmentsA;
  private final SwizzledTile fragmentsB;
  private final List<List<WarpMma>> sums = new ArrayList<>();

  WarpTile(Code code, KernelSpec spec, U32 thread) {
    this.code = code;
    this.atom = new MmaAtom(spec.aType());
    this.steps = spec.tile().k() / atom.k();
    int warpsN = spec.threads().total() / WARP / WARPS_M;
    this.rows = spec.tile().m() / WARPS_M;
    this.columns = spec.tile().n() / warpsN;
    U32 warp = code.broadcast(code.div(thread, WARP));
    this.lane = code.special(SpecialRegister.LANEID);
    this.firstRow = code.mul(code.rem(warp, WARPS_M), rows);
    this.firstColumn = code.mul(code.div(warp, WARPS_M), columns);
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

  void clear() {
    sums.forEach(line -> line.forEach(WarpMma::clear));
  }

  /** Multiplies the tiles in one slot. */
  void multiply(SmemAddress slotA, SmemAddress slotB) {
    for (int step = 0; step < steps; step++) {
      int chunk = step * MmaAtom.K_BYTES / CpAsync.BYTES;
      List<FragmentB> b = new ArrayList<>();
      for (int j = 0; j < columns; j += B_ROWS) {
        b.addAll(MatrixLoad.b(code, fragmentsB.at(slotB, j, chunk)));
      }
      for (int i = 0; i < sums.size(); i++) {
        FragmentA a = MatrixLoad.a(code, fragmentsA.at(slotA, i * MmaAtom.M, chunk));
        for (int j = 0; j < b.size(); j++) {
          sums.get(i).get(j).add(a, b.get(j));
        }
      }
    }
  }

  /** Stores the sums; {@code row} and {@code column} are those of the CTA's tile in D. */
  void store(Output output, U32 row, U32 column) {
    U32 top = code.add(code.add(row, firstRow), Fragment.upperRow(code, lane));
    U32 left = code.add(code.add(column, firstColumn), Fragment.column(code, lane, 1));
    for (int i = 0; i < sums.size(); i++) {
      for (int half = 0; half < 2; half++) {
        int down = i * MmaAtom.M + half * Fragment.LOWER;
        Output.Row line = output.row(code.add(top, down));
        for (int j = 0; j < sums.get(i).size(); j++) {
          WarpMma sum = sums.get(i).get(j);
          line.store(code.add(left, j * MmaAtom.N), sum.get(half, 0), sum.get(half, 1));
        }
      }
    }
  }
}
