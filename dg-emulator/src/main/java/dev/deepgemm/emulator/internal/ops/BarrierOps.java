package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.NamedBarrier;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.machine.WarpgroupOp;
import org.jspecify.annotations.Nullable;

/** Named barriers, the cluster barrier, and fences. */
public final class BarrierOps {
  private BarrierOps() {}

  /** {@code bar} and {@code barrier}, {@code sync} and {@code arrive}. */
  public static final class Named extends Op {
    private final boolean aligned;
    private final boolean waits;
    private final int barrier;
    private final int count;

    /** {@code count} is -1 where the instruction has none. */
    public Named(boolean aligned, boolean waits, int barrier, int count) {
      this.aligned = aligned;
      this.waits = waits;
      this.barrier = barrier;
      this.count = count;
    }

    @Override
    public Together together() {
      return aligned ? Together.WARP : Together.LANE;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      NamedBarrier found = find(warp, mask);
      if (group.token == 0) {
        int threads = Integer.bitCount(mask);
        int expected =
            count < 0
                ? warp.cta().liveThreads()
                : (int) warp.uniform(count, mask, "the thread count of a barrier");
        warp.release(found.knowledge());
        long generation = found.arrive(threads, expected, count < 0);
        warp.cluster().progressed();
        if (!waits) {
          return NEXT;
        }
        group.token = generation + 1;
      }
      if (found.generation() < group.token) {
        return BLOCK;
      }
      group.token = 0;
      warp.acquire(found.knowledge());
      return NEXT;
    }

    private NamedBarrier find(Warp warp, int mask) {
      return warp.cta().barrier(warp.uniform(barrier, mask, "the number of a barrier"));
    }

    @Override
    public String waitsFor(Warp warp, LaneGroup group) {
      return find(warp, group.mask).toString();
    }
  }

  /** {@code barrier.cluster.arrive}. */
  public static final class ClusterArrive extends Op {
    private final boolean aligned;

    public ClusterArrive(boolean aligned) {
      this.aligned = aligned;
    }

    @Override
    public Together together() {
      return aligned ? Together.WARP : Together.LANE;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      long[] arrivals = warp.cta().clusterArrivals;
      warp.release(warp.cluster().barrier().knowledge());
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        int thread = warp.thread(lane);
        if (arrivals[thread] != 0) {
          throw new Fault(
              "DG-EMU-34", "the thread arrives twice without barrier.cluster.wait in between");
        }
        arrivals[thread] = warp.cluster().barrier().arrive();
      }
      warp.cluster().progressed();
      return NEXT;
    }
  }

  /** {@code barrier.cluster.wait}. */
  public static final class ClusterWait extends Op {
    private final boolean aligned;

    public ClusterWait(boolean aligned) {
      this.aligned = aligned;
    }

    @Override
    public Together together() {
      return aligned ? Together.WARP : Together.LANE;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      long[] arrivals = warp.cta().clusterArrivals;
      long generation = warp.cluster().barrier().generation();
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        long token = arrivals[warp.thread(lane)];
        if (token == 0) {
          warp.at(lane);
          throw new Fault("DG-EMU-34", "the thread waits without barrier.cluster.arrive before");
        }
        if (generation < token) {
          return BLOCK;
        }
      }
      for (int m = mask; m != 0; m &= m - 1) {
        arrivals[warp.thread(Integer.numberOfTrailingZeros(m))] = 0;
      }
      warp.acquire(warp.cluster().barrier().knowledge());
      return NEXT;
    }

    @Override
    public String waitsFor(Warp warp, LaneGroup group) {
      return warp.cluster().barrier().toString();
    }
  }

  /** {@code fence.proxy.async}: what the thread wrote becomes visible to the asynchronous proxy. */
  public static final class ProxyFence extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      int now = warp.cluster().now();
      for (int m = mask; m != 0; m &= m - 1) {
        int thread = warp.clusterThread(Integer.numberOfTrailingZeros(m));
        warp.cluster().proxyFences[thread] = now;
      }
      return NEXT;
    }
  }

  /** {@code setmaxnreg}. */
  public static final class SetMaxRegisters extends WarpgroupOp {
    private final boolean increase;
    private final int count;

    public SetMaxRegisters(boolean increase, int count) {
      this.increase = increase;
      this.count = count;
    }

    @Override
    public boolean perform(Cta cta, Warp[] warps) {
      int now = warps[0].maxRegisters;
      if (increase ? count <= now : count >= now) {
        return true; // what a thread starts with is a guess: see RegisterPool
      }
      int difference = (count - now) * 128;
      if (increase) {
        if (!cta.registers().take(difference)) {
          return false;
        }
      } else {
        cta.registers().give(-difference);
      }
      for (Warp warp : warps) {
        warp.maxRegisters = count;
      }
      return true;
    }

    @Override
    public @Nullable String waitsForMore(Cta cta) {
      return cta.registers().toString();
    }
  }
}
