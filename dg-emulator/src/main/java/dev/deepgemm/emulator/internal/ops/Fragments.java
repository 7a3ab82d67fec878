package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.machine.Warp;

/**
 * Where the elements of a matrix live in the registers of a warpgroup.
 *
 * <p>Of a 64 x n accumulator, warp w holds rows 16w to 16w+15; of these, lane l holds rows l/4 and
 * l/4+8, and columns 2(l%4) and the next of every group of 8. Register i: column group i/4, the
 * upper row if bit 1 of i is set, the odd column if bit 0 is.
 */
final class Fragments {
  private Fragments() {}

  static int row(int lane, int register) {
    return lane / 4 + (register & 2) * 4;
  }

  static int column(int lane, int register) {
    return register / 4 * 8 + lane % 4 * 2 + (register & 1);
  }

  /** Reads a 64 x n accumulator, {@code [row][column]}. */
  static void gather(Warp[] warps, int[] registers, float[] to, int n) {
    for (int w = 0; w < 4; w++) {
      long[] values = warps[w].values;
      for (int i = 0; i < registers.length; i++) {
        for (int lane = 0; lane < 32; lane++) {
          to[(w * 16 + row(lane, i)) * n + column(lane, i)] =
              Float.intBitsToFloat((int) values[registers[i] * 32 + lane]);
        }
      }
    }
  }

  /** Writes a 64 x n accumulator; what is undefined stays so. */
  static void scatter(Warp[] warps, int[] registers, float[] from, int n) {
    for (int w = 0; w < 4; w++) {
      long[] values = warps[w].values;
      for (int i = 0; i < registers.length; i++) {
        for (int lane = 0; lane < 32; lane++) {
          values[registers[i] * 32 + lane] =
              Float.floatToRawIntBits(from[(w * 16 + row(lane, i)) * n + column(lane, i)])
                  & 0xffffffffL;
        }
      }
    }
  }

  static void poisonRow(Warp[] warps, int[] accumulator, int row, int origin) {
    Warp warp = warps[row / 16];
    int lanes = 0xf << (row % 8 * 4);
    for (int i = 0; i < accumulator.length; i++) {
      if ((i & 2) * 4 == (row % 16 & 8)) {
        poison(warp, accumulator[i], lanes, origin);
      }
    }
  }

  static void poisonColumn(Warp[] warps, int[] accumulator, int column, int origin) {
    int lanes = 0x11111111 << (column % 8 / 2);
    for (int i = 0; i < accumulator.length; i++) {
      if (i / 4 == column / 8 && (i & 1) == (column & 1)) {
        for (Warp warp : warps) {
          poison(warp, accumulator[i], lanes, origin);
        }
      }
    }
  }

  private static void poison(Warp warp, int register, int lanes, int origin) {
    warp.poison[register] |= lanes;
    warp.origin[register] = origin;
  }
}
