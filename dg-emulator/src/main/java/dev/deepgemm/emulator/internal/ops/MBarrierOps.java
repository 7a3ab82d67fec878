package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Text;
import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.MBarrier;

/** The {@code mbarrier} instructions. */
public final class MBarrierOps {
  private MBarrierOps() {}

  /** Base: each lane names a barrier. */
  abstract static class OnBarrier extends Op {
    final MemoryOps.At at;

    OnBarrier(MemoryOps.At at) {
      this.at = at;
    }

    /** The CTA whose barrier a lane names. */
    final Cta cta(Warp warp, int lane) {
      return Addresses.cta(window(warp, lane), space(), warp.cta());
    }

    final int offset(Warp warp, int lane) {
      return Addresses.offset(window(warp, lane));
    }

    private Space space() {
      return at.space() == Space.GENERIC ? Space.SHARED_CLUSTER : at.space();
    }

    private long window(Warp warp, int lane) {
      long address = at.of(warp, lane);
      return at.space() == Space.GENERIC ? address - Addresses.SHARED_WINDOW : address;
    }

    final MBarrier barrier(Warp warp, int lane) {
      warp.at(lane);
      warp.requireDefined(at.row(), 1 << lane, "the address of an mbarrier");
      return cta(warp, lane).shared().barrier(offset(warp, lane));
    }

    @Override
    public String waitsFor(Warp warp, LaneGroup group) {
      int lane = Integer.numberOfTrailingZeros(group.mask);
      MBarrier found = cta(warp, lane).shared().barrierOrNull(offset(warp, lane));
      return found == null ? "an mbarrier that is gone" : found.toString();
    }
  }

  /** {@code mbarrier.init}. */
  public static final class Init extends OnBarrier {
    private final int count;

    public Init(MemoryOps.At at, int count) {
      super(at);
      this.count = count;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(at.row(), mask, "the address of an mbarrier");
      warp.requireDefined(count, mask, "the count of an mbarrier");
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        int address = offset(warp, lane);
        warp.cta().overwriting(address, 8, line, false);
        cta(warp, lane).shared().createBarrier(address, (int) warp.values[count * 32 + lane]);
      }
      warp.cluster().progressed();
      return NEXT;
    }
  }

  /** {@code mbarrier.inval}. */
  public static final class Invalidate extends OnBarrier {
    public Invalidate(MemoryOps.At at) {
      super(at);
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        barrier(warp, lane);
        cta(warp, lane).shared().removeBarrier(offset(warp, lane));
      }
      return NEXT;
    }
  }

  /** {@code mbarrier.arrive}, {@code arrive_drop}, {@code expect_tx}, {@code complete_tx}. */
  public static final class Arrive extends OnBarrier {
    /** What the barrier is told. */
    public enum Kind {
      ARRIVE,
      DROP,
      EXPECT_ONLY,
      COMPLETE_ONLY
    }

    private final Kind kind;
    private final int state;
    private final int count;
    private final int bytes;

    /** {@code state}, {@code count} and {@code bytes} are -1 where the instruction has none. */
    public Arrive(Kind kind, MemoryOps.At at, int state, int count, int bytes) {
      super(at);
      this.kind = kind;
      this.state = state;
      this.count = count;
      this.bytes = bytes;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        MBarrier barrier = barrier(warp, lane);
        long phase = barrier.phase();
        if (bytes >= 0) {
          warp.requireDefined(bytes, 1 << lane, "the byte count of an mbarrier");
          long amount = warp.values[bytes * 32 + lane];
          if (kind == Kind.COMPLETE_ONLY) {
            barrier.completeBytes(amount);
          } else {
            barrier.expectBytes(amount);
          }
        }
        if (kind == Kind.ARRIVE || kind == Kind.DROP) {
          warp.release(barrier.knowledge());
          arrive(warp, lane, barrier);
        }
        if (state >= 0) {
          warp.values[state * 32 + lane] = phase;
          warp.define(state, 1 << lane);
        }
      }
      warp.cluster().progressed();
      return NEXT;
    }

    private void arrive(Warp warp, int lane, MBarrier barrier) {
      int arrivals = 1;
      if (count >= 0) {
        warp.requireDefined(count, 1 << lane, "the arrival count of an mbarrier");
        arrivals = (int) warp.values[count * 32 + lane];
      }
      if (kind == Kind.DROP) {
        barrier.drop(arrivals);
      } else {
        barrier.arrive(arrivals);
      }
    }
  }

  /**
   * {@code mbarrier.test_wait} and {@code try_wait}.
   *
   * <p>{@code try_wait} may give up on the hardware, whenever it likes. Here it does so now and
   * then and waits otherwise, so that code that does not look at the answer is found.
   */
  public static final class Wait extends OnBarrier {
    private final boolean blocking;
    private final boolean parity;
    private final int p;
    private final int phase;

    /** {@code phase} holds the parity, or the state that an arrival returned. */
    public Wait(boolean blocking, boolean parity, MemoryOps.At at, int p, int phase) {
      super(at);
      this.blocking = blocking;
      this.parity = parity;
      this.p = p;
      this.phase = phase;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(phase, mask, "the phase that is waited for");
      int done = 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        MBarrier barrier = barrier(warp, lane);
        long wanted = warp.values[phase * 32 + lane];
        boolean completed = parity ? barrier.completed((int) wanted & 1) : barrier.phase() > wanted;
        if (completed) {
          warp.acquire(barrier.knowledge());
          done |= 1 << lane;
        }
      }
      if (blocking && done != mask && warp.cluster().random().nextInt(4) != 0) {
        return BLOCK;
      }
      warp.predicates[p] = (warp.predicates[p] & ~mask) | done;
      warp.define(p, mask);
      return done == mask ? NEXT : YIELD;
    }

    @Override
    public String waitsFor(Warp warp, LaneGroup group) {
      int lane = Integer.numberOfTrailingZeros(group.mask);
      return Text.format(
          "%s %d of %s",
          parity ? "the phase of parity" : "phase",
          warp.values[phase * 32 + lane],
          super.waitsFor(warp, group));
    }
  }

  /** {@code mapa}. */
  public static final class MapAddress extends Op {
    private final boolean generic;
    private final int d;
    private final int a;
    private final int rank;

    public MapAddress(boolean generic, int d, int a, int rank) {
      this.generic = generic;
      this.d = d;
      this.a = a;
      this.rank = rank;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(a, mask, "the address");
      warp.requireDefined(rank, mask, "the CTA rank");
      long window = generic ? Addresses.SHARED_WINDOW : 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        warp.values[d * 32 + lane] =
            window
                + Addresses.map(
                    warp.values[a * 32 + lane] - window,
                    warp.values[rank * 32 + lane],
                    warp.cluster());
      }
      warp.define(d, mask);
      return NEXT;
    }
  }
}
