package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.parse.PtxType;

/** {@code mov} between a register and the vector of registers that makes it up. */
public final class PackOps {
  private PackOps() {}

  /** A vector out of a register. */
  public static final class Unpack extends Op {
    private final int[] d;
    private final int a;
    private final PtxType element;

    public Unpack(int[] d, int a, PtxType element) {
      this.d = d;
      this.a = a;
      this.element = element;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      long[] copy = new long[32];
      System.arraycopy(warp.values, a * 32, copy, 0, 32);
      int undefined = warp.poison[a];
      int why = warp.origin[a];
      for (int i = 0; i < d.length; i++) {
        for (int m = mask; m != 0; m &= m - 1) {
          int lane = Integer.numberOfTrailingZeros(m);
          warp.values[d[i] * 32 + lane] = copy[lane] >>> (i * element.bits()) & element.mask();
        }
        warp.define(d[i], mask, undefined, why);
      }
      return NEXT;
    }
  }

  /** A register out of a vector. */
  public static final class Pack extends Op {
    private final int d;
    private final int[] a;
    private final PtxType element;

    public Pack(int d, int[] a, PtxType element) {
      this.d = d;
      this.a = a;
      this.element = element;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      int undefined = 0;
      int why = PoisonOrigins.NONE;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        long value = 0;
        for (int i = 0; i < a.length; i++) {
          value |= warp.values[a[i] * 32 + lane] << (i * element.bits());
        }
        warp.values[d * 32 + lane] = value;
      }
      for (int from : a) {
        if ((warp.poison[from] & mask) != 0) {
          undefined |= warp.poison[from];
          why = warp.origin[from];
        }
      }
      warp.define(d, mask, undefined, why);
      return NEXT;
    }
  }
}
