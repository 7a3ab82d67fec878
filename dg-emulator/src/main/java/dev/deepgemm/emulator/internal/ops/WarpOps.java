package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.numbers.Fn;

/** Instructions in which the lanes of a warp exchange values. */
public final class WarpOps {
  private WarpOps() {}

  /** Base of those with a member mask: they wait until every lane of the mask is here. */
  abstract static class Members extends Op {
    final int members;

    Members(int members) {
      this.members = members;
    }

    @Override
    public final int execute(Warp warp, LaneGroup group, int mask) {
      int named = (int) warp.uniform(members, mask, "the member mask");
      if ((mask & ~named) != 0) {
        throw new Fault(
            "DG-EMU-12",
            "lanes %s execute it and are not in its member mask 0x%x",
            Warp.lanes(mask & ~named),
            named);
      }
      int missing = named & ~mask;
      if ((missing & ~warp.live()) != 0) {
        throw new Fault(
            "DG-EMU-12",
            "lanes %s of the member mask 0x%x have exited",
            Warp.lanes(missing & ~warp.live()),
            named);
      }
      if ((missing & group.mask) != 0) {
        throw new Fault(
            "DG-EMU-12",
            "lanes %s are in the member mask 0x%x, but their guard is false",
            Warp.lanes(missing & group.mask),
            named);
      }
      if (missing != 0) {
        return BLOCK;
      }
      exchange(warp, mask);
      return NEXT;
    }

    abstract void exchange(Warp warp, int mask);
  }

  /** {@code bar.warp.sync}. */
  public static final class Sync extends Members {
    public Sync(int members) {
      super(members);
    }

    @Override
    void exchange(Warp warp, int mask) {}
  }

  /** {@code elect.sync}: always the lowest lane. */
  public static final class Elect extends Members {
    private final int d;
    private final int p;

    public Elect(int d, int p, int members) {
      super(members);
      this.d = d;
      this.p = p;
    }

    @Override
    void exchange(Warp warp, int mask) {
      int leader = Integer.numberOfTrailingZeros(mask);
      for (int m = mask; m != 0; m &= m - 1) {
        warp.values[d * 32 + Integer.numberOfTrailingZeros(m)] = leader;
      }
      warp.define(d, mask);
      warp.predicates[p] = (warp.predicates[p] & ~mask) | 1 << leader;
      warp.define(p, mask);
    }
  }

  /** {@code shfl.sync}. */
  public static final class Shuffle extends Members {
    /** Which lane is read. */
    public enum Mode {
      UP,
      DOWN,
      BFLY,
      IDX
    }

    private final Mode mode;
    private final int d;
    private final int p;
    private final int a;
    private final int b;
    private final int c;

    /** {@code p} is -1 where no predicate is wanted. */
    public Shuffle(Mode mode, int d, int p, int a, int b, int c, int members) {
      super(members);
      this.mode = mode;
      this.d = d;
      this.p = p;
      this.a = a;
      this.b = b;
      this.c = c;
    }

    @Override
    void exchange(Warp warp, int mask) {
      long[] result = new long[32];
      int undefined = (warp.poison[b] | warp.poison[c]) & mask;
      int why = undefined != 0 ? warp.origin[(warp.poison[b] & mask) != 0 ? b : c] : 0;
      int inRange = 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        int shift = (int) warp.values[b * 32 + lane] & 31;
        int packed = (int) warp.values[c * 32 + lane];
        int segment = packed >>> 8 & 31;
        int clamp = packed & 31;
        int max = (lane & segment) | (clamp & ~segment);
        int min = lane & segment;
        int from =
            switch (mode) {
              case UP -> lane - shift;
              case DOWN -> lane + shift;
              case BFLY -> lane ^ shift;
              case IDX -> min | (shift & ~segment);
            };
        boolean ok = mode == Mode.UP ? from >= max : from <= max;
        int source = ok ? from : lane;
        inRange |= ok ? 1 << lane : 0;
        result[lane] = warp.values[a * 32 + source];
        if ((mask >>> source & 1) == 0) {
          undefined |= 1 << lane;
          why = warp.cluster().origins().of(PoisonOrigins.Cause.INACTIVE_LANE, line, source);
        } else if ((warp.poison[a] >>> source & 1) != 0) {
          undefined |= 1 << lane;
          why = warp.origin[a];
        }
      }
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.values[d * 32 + lane] = result[lane];
      }
      warp.define(d, mask, undefined, why);
      if (p >= 0) {
        warp.predicates[p] = (warp.predicates[p] & ~mask) | inRange;
        warp.define(p, mask);
      }
    }
  }

  /** {@code vote.sync}. */
  public static final class Vote extends Members {
    /** What is asked. */
    public enum Mode {
      ALL,
      ANY,
      UNI,
      BALLOT
    }

    private final Mode mode;
    private final int d;
    private final int a;
    private final boolean negate;

    public Vote(Mode mode, int d, int a, boolean negate, int members) {
      super(members);
      this.mode = mode;
      this.d = d;
      this.a = a;
      this.negate = negate;
    }

    @Override
    void exchange(Warp warp, int mask) {
      warp.requireDefined(a, mask, "the predicate of a vote");
      int votes = (negate ? ~warp.predicates[a] : warp.predicates[a]) & mask;
      if (mode == Mode.BALLOT) {
        for (int m = mask; m != 0; m &= m - 1) {
          warp.values[d * 32 + Integer.numberOfTrailingZeros(m)] = votes & 0xffffffffL;
        }
      } else {
        boolean answer =
            switch (mode) {
              case ALL -> votes == mask;
              case ANY -> votes != 0;
              default -> votes == 0 || votes == mask;
            };
        warp.predicates[d] = (warp.predicates[d] & ~mask) | (answer ? mask : 0);
      }
      warp.define(d, mask);
    }
  }

  /** {@code redux.sync}. */
  public static final class Reduce extends Members {
    private final Fn fn;
    private final int d;
    private final int a;

    public Reduce(Fn fn, int d, int a, int members) {
      super(members);
      this.fn = fn;
      this.d = d;
      this.a = a;
    }

    @Override
    void exchange(Warp warp, int mask) {
      int first = Integer.numberOfTrailingZeros(mask);
      long sum = warp.values[a * 32 + first];
      for (int m = mask & (mask - 1); m != 0; m &= m - 1) {
        sum = fn.apply(sum, warp.values[a * 32 + Integer.numberOfTrailingZeros(m)], 0);
      }
      for (int m = mask; m != 0; m &= m - 1) {
        warp.values[d * 32 + Integer.numberOfTrailingZeros(m)] = sum & 0xffffffffL;
      }
      boolean undefined = (warp.poison[a] & mask) != 0;
      warp.define(d, mask, undefined ? mask : 0, warp.origin[a]);
    }
  }

  /** {@code activemask}. */
  public static final class Active extends Op {
    private final int d;

    public Active(int d) {
      this.d = d;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        warp.values[d * 32 + Integer.numberOfTrailingZeros(m)] = mask & 0xffffffffL;
      }
      warp.define(d, mask);
      return NEXT;
    }
  }
}
