package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.SharedAccess;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.SharedMemory;
import dev.deepgemm.emulator.internal.numbers.ElementType;

/** {@code ldmatrix}, {@code stmatrix} and {@code mma.sync}. */
public final class MatrixOps {
  private MatrixOps() {}

  /** {@code ldmatrix} and {@code stmatrix}: 8x8 matrices of 16-bit elements. */
  public static final class Move extends Op {
    private final boolean store;
    private final boolean transposed;
    private final MemoryOps.At at;
    private final int[] registers;

    public Move(boolean store, boolean transposed, MemoryOps.At at, int[] registers) {
      this.store = store;
      this.transposed = transposed;
      this.at = at;
      this.registers = registers;
    }

    @Override
    public Together together() {
      return Together.FULL_WARP;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int matrix = 0; matrix < registers.length; matrix++) {
        int[] rows = rows(warp, matrix);
        if (store) {
          store(warp, rows, registers[matrix]);
        } else {
          load(warp, rows, registers[matrix]);
        }
      }
      if (store) {
        warp.cluster().progressed();
      }
      return NEXT;
    }

    /** Addresses of the eight rows, which eight lanes of the warp name. */
    private int[] rows(Warp warp, int matrix) {
      int[] rows = new int[8];
      for (int row = 0; row < 8; row++) {
        int lane = matrix * 8 + row;
        warp.requireDefined(at.row(), 1 << lane, "the address of a matrix row");
        warp.at(lane);
        long address = at.of(warp, lane);
        long window = at.space() == Space.GENERIC ? address - Addresses.SHARED_WINDOW : address;
        Addresses.cta(window, Space.SHARED_CTA, warp.cta());
        rows[row] = Addresses.offset(window);
        warp.cta().shared().check(rows[row], 16, 16);
      }
      return rows;
    }

    /** Address of element {@code e} (0 or 1) of a lane's register. */
    private int element(int[] rows, int lane, int e) {
      int outer = lane / 4;
      int inner = lane % 4 * 2 + e;
      return transposed ? rows[inner] + outer * 2 : rows[outer] + inner * 2;
    }

    private void load(Warp warp, int[] rows, int register) {
      SharedMemory memory = warp.cta().shared();
      for (int lane = 0; lane < 32; lane++) {
        warp.at(lane);
        int low = element(rows, lane, 0);
        int high = element(rows, lane, 1);
        memory.refuseBarrier(low, 2);
        memory.refuseBarrier(high, 2);
        int why = SharedAccess.undefined(warp, warp.cta(), low, 2, line);
        why =
            why != PoisonOrigins.NONE
                ? why
                : SharedAccess.undefined(warp, warp.cta(), high, 2, line);
        warp.values[register * 32 + lane] = memory.load(low, 2) | memory.load(high, 2) << 16;
        warp.define(register, 1 << lane, why == PoisonOrigins.NONE ? 0 : 1 << lane, why);
      }
    }

    private void store(Warp warp, int[] rows, int register) {
      for (int lane = 0; lane < 32; lane++) {
        warp.at(lane);
        boolean undefined = (warp.poison[register] >>> lane & 1) != 0;
        int why = undefined ? warp.origin[register] : PoisonOrigins.NONE;
        long value = warp.values[register * 32 + lane];
        for (int e = 0; e < 2; e++) {
          int address = element(rows, lane, e);
          SharedAccess.store(
              warp, lane, warp.cta(), address, 2, value >>> (16 * e) & 0xffff, why, line);
        }
      }
    }
  }

  /** {@code mma.sync.aligned.m16n8k16} with FP32 accumulators. */
  public static final class Multiply extends Op {
    private final ElementType type;
    private final int[] d;
    private final int[] a;
    private final int[] b;
    private final int[] c;

    public Multiply(ElementType type, int[] d, int[] a, int[] b, int[] c) {
      this.type = type;
      this.d = d;
      this.a = a;
      this.b = b;
      this.c = c;
    }

    @Override
    public Together together() {
      return Together.FULL_WARP;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      int k = type.k();
      int each = 4 / type.bytes();
      float[] left = new float[16 * k];
      float[] right = new float[8 * k];
      float[] sum = new float[16 * 8];
      int[] whyRow = new int[16];
      int[] whyColumn = new int[8];
      for (int lane = 0; lane < 32; lane++) {
        for (int i = 0; i < 4; i++) {
          int row = lane / 4 + i % 2 * 8;
          int column = i / 2 * 4 * each + lane % 4 * each;
          unpack(warp, a[i], lane, left, row * k + column, each);
          whyRow[row] = (warp.poison[a[i]] >>> lane & 1) != 0 ? warp.origin[a[i]] : whyRow[row];
          sum[Fragments.row(lane, i) * 8 + Fragments.column(lane, i)] =
              Float.intBitsToFloat((int) warp.values[c[i] * 32 + lane]);
        }
        for (int i = 0; i < 2; i++) {
          int column = lane / 4;
          int row = i * 4 * each + lane % 4 * each;
          unpack(warp, b[i], lane, right, column * k + row, each);
          boolean undefined = (warp.poison[b[i]] >>> lane & 1) != 0;
          whyColumn[column] = undefined ? warp.origin[b[i]] : whyColumn[column];
        }
      }
      warp.cluster().launch().accumulation().multiply(sum, left, right, 16, 8, k, type);
      int[] undefinedC = new int[4];
      int[] whyC = new int[4];
      for (int i = 0; i < 4; i++) {
        undefinedC[i] = warp.poison[c[i]];
        whyC[i] = warp.origin[c[i]];
      }
      for (int i = 0; i < 4; i++) {
        for (int lane = 0; lane < 32; lane++) {
          int row = Fragments.row(lane, i);
          int column = Fragments.column(lane, i);
          warp.values[d[i] * 32 + lane] =
              Float.floatToRawIntBits(sum[row * 8 + column]) & 0xffffffffL;
          int why = (undefinedC[i] >>> lane & 1) != 0 ? whyC[i] : whyRow[row];
          why = why != PoisonOrigins.NONE ? why : whyColumn[column];
          warp.define(d[i], 1 << lane, why == PoisonOrigins.NONE ? 0 : 1 << lane, why);
        }
      }
      return NEXT;
    }

    private void unpack(Warp warp, int register, int lane, float[] to, int at, int each) {
      for (int e = 0; e < each; e++) {
        to[at + e] = type.unpack(warp.values[register * 32 + lane], e);
      }
    }
  }
}
