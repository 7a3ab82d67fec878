package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;

/** {@code setp}: compares, combines with a predicate, and writes one predicate or two. */
public final class ComparisonOp extends Op {
  /** How the comparison is combined with the predicate operand. */
  public enum Combine {
    NONE,
    AND,
    OR,
    XOR
  }

  /** A comparison of one lane's raw register contents. */
  @FunctionalInterface
  public interface Test {
    boolean apply(long a, long b);
  }

  private final Test test;
  private final Combine combine;
  private final int p;
  private final int q;
  private final int a;
  private final int b;
  private final int c;
  private final boolean negateC;

  /** {@code q} and {@code c} are -1 where the instruction has none. */
  public ComparisonOp(
      Test test, Combine combine, int p, int q, int a, int b, int c, boolean negateC) {
    this.test = test;
    this.combine = combine;
    this.p = p;
    this.q = q;
    this.a = a;
    this.b = b;
    this.c = c;
    this.negateC = negateC;
  }

  @Override
  public int execute(Warp warp, LaneGroup group, int mask) {
    int result = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      int i = Integer.numberOfTrailingZeros(m);
      if (test.apply(warp.values[a * 32 + i], warp.values[b * 32 + i])) {
        result |= 1 << i;
      }
    }
    int undefined = warp.poison[a] | warp.poison[b];
    int why = (warp.poison[a] & mask) != 0 ? a : b;
    int other = 0;
    if (combine != Combine.NONE) {
      other = negateC ? ~warp.predicates[c] : warp.predicates[c];
      undefined |= warp.poison[c];
      why = ((warp.poison[a] | warp.poison[b]) & mask) != 0 ? why : c;
    }
    set(warp, p, combined(result, other), mask, undefined, why);
    if (q >= 0) {
      set(warp, q, combined(~result, other), mask, undefined, why);
    }
    return NEXT;
  }

  private int combined(int result, int other) {
    return switch (combine) {
      case NONE -> result;
      case AND -> result & other;
      case OR -> result | other;
      case XOR -> result ^ other;
    };
  }

  private static void set(Warp warp, int to, int bits, int mask, int undefined, int why) {
    warp.predicates[to] = (warp.predicates[to] & ~mask) | (bits & mask);
    warp.define(to, mask, undefined, warp.origin[why]);
  }
}
