package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.numbers.Fn;

/** An arithmetic instruction: each lane's result depends on that lane's operands alone. */
public final class AluOp extends Op {
  private final Fn fn;
  private final int d;
  private final int a;
  private final int b;
  private final int c;
  private final long mask;

  public AluOp(Fn fn, int d, int a, int b, int c, long mask) {
    this.fn = fn;
    this.d = d;
    this.a = a;
    this.b = b;
    this.c = c;
    this.mask = mask;
  }

  @Override
  public int execute(Warp warp, LaneGroup group, int active) {
    long[] v = warp.values;
    int pd = d * 32;
    int pa = a * 32;
    int pb = b * 32;
    int pc = c * 32;
    if (active == Warp.ALL) {
      for (int i = 0; i < 32; i++) {
        v[pd + i] = fn.apply(v[pa + i], v[pb + i], v[pc + i]) & mask;
      }
    } else {
      for (int m = active; m != 0; m &= m - 1) {
        int i = Integer.numberOfTrailingZeros(m);
        v[pd + i] = fn.apply(v[pa + i], v[pb + i], v[pc + i]) & mask;
      }
    }
    int[] poison = warp.poison;
    int undefined = (poison[a] | poison[b] | poison[c]) & active;
    if ((undefined | poison[d]) != 0) {
      int why = (poison[a] & active) != 0 ? a : (poison[b] & active) != 0 ? b : c;
      warp.define(d, active, undefined, warp.origin[why]);
    }
    return NEXT;
  }
}
