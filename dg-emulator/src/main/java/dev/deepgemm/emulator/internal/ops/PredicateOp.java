package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import java.util.function.IntBinaryOperator;

/** Logic on predicates: one bit per lane, so a whole warp is one integer. */
public final class PredicateOp extends Op {
  private final IntBinaryOperator fn;
  private final int d;
  private final int a;
  private final int b;
  private final boolean negateA;

  public PredicateOp(IntBinaryOperator fn, int d, int a, int b, boolean negateA) {
    this.fn = fn;
    this.d = d;
    this.a = a;
    this.b = b;
    this.negateA = negateA;
  }

  @Override
  public int execute(Warp warp, LaneGroup group, int mask) {
    int left = negateA ? ~warp.predicates[a] : warp.predicates[a];
    int bits = fn.applyAsInt(left, warp.predicates[b]);
    int why = (warp.poison[a] & mask) != 0 ? a : b;
    warp.predicates[d] = (warp.predicates[d] & ~mask) | (bits & mask);
    warp.define(d, mask, warp.poison[a] | warp.poison[b], warp.origin[why]);
    return NEXT;
  }
}
