package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;

/** {@code selp}: the operand that was not chosen may be undefined. */
public final class SelectOp extends Op {
  private final int d;
  private final int a;
  private final int b;
  private final int p;

  public SelectOp(int d, int a, int b, int p) {
    this.d = d;
    this.a = a;
    this.b = b;
    this.p = p;
  }

  @Override
  public int execute(Warp warp, LaneGroup group, int mask) {
    int chosen = warp.predicates[p];
    for (int m = mask; m != 0; m &= m - 1) {
      int i = Integer.numberOfTrailingZeros(m);
      int from = (chosen >>> i & 1) != 0 ? a : b;
      warp.values[d * 32 + i] = warp.values[from * 32 + i];
    }
    int fromA = warp.poison[a] & chosen & mask;
    int fromB = warp.poison[b] & ~chosen & mask;
    int fromP = warp.poison[p] & mask;
    int why = fromP != 0 ? p : fromA != 0 ? a : b;
    warp.define(d, mask, fromA | fromB | fromP, warp.origin[why]);
    return NEXT;
  }
}
