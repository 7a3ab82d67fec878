package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.GlobalAccess;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.SharedAccess;
import dev.deepgemm.emulator.internal.machine.Transfer;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.CopyGroups;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;
import dev.deepgemm.emulator.internal.memory.MBarrier;
import dev.deepgemm.emulator.internal.memory.SharedMemory;

/** {@code cp.async} of 4, 8 or 16 bytes per thread, and what waits for it. */
public final class AsyncCopyOps {
  private AsyncCopyOps() {}

  /** {@code cp.async.ca} and {@code .cg}. */
  public static final class Copy extends Op {
    private final MemoryOps.At to;
    private final MemoryOps.At from;
    private final int bytes;
    private final int sourceBytes;

    /** {@code sourceBytes}: how many to read, the rest being zero; -1 for all. */
    public Copy(MemoryOps.At to, MemoryOps.At from, int bytes, int sourceBytes) {
      this.to = to;
      this.from = from;
      this.bytes = bytes;
      this.sourceBytes = sourceBytes;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(to.row(), mask, "the destination of a copy");
      warp.requireDefined(from.row(), mask, "the source of a copy");
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        copy(warp, lane);
      }
      warp.cluster().progressed();
      return NEXT;
    }

    private void copy(Warp warp, int lane) {
      Cta cta = Addresses.cta(to.of(warp, lane), Space.SHARED_CTA, warp.cta());
      int address = Addresses.offset(to.of(warp, lane));
      SharedMemory memory = cta.shared();
      memory.check(address, bytes, bytes);
      int wanted = bytes;
      if (sourceBytes >= 0) {
        warp.requireDefined(sourceBytes, 1 << lane, "the size of a copy");
        wanted = (int) Math.min(bytes, warp.values[sourceBytes * 32 + lane]);
      }
      byte[] data = new byte[bytes];
      int why = PoisonOrigins.NONE;
      if (wanted > 0) {
        long source = from.of(warp, lane);
        GlobalAccess.afterPreviousGrid(warp, source);
        GlobalMemory.Allocation found =
            GlobalAccess.find(warp.cluster().launch().memory(), source, wanted, 1);
        if (source % bytes != 0) {
          throw new Fault(
              "DG-EMU-21", "global address 0x%x must be a multiple of %d", source, bytes);
        }
        int offset = (int) (source - found.address());
        System.arraycopy(found.data(), offset, data, 0, wanted);
        why =
            found.defined(offset, wanted)
                ? PoisonOrigins.NONE
                : warp.cluster().origins().of(PoisonOrigins.Cause.GLOBAL_NEVER_WRITTEN, line, 0);
      }
      for (int i = 0; i < bytes; i += 4) {
        SharedAccess.store(
            warp, lane, cta, address + i, 4, GlobalAccess.read(data, i, 4), why, line);
      }
      if (why == PoisonOrigins.NONE) {
        why = warp.cluster().origins().of(PoisonOrigins.Cause.SHARED_CP_ASYNC, line, address);
      }
      memory.beginCopy(address, bytes, why);
      warp.cta().copies(warp.thread(lane)).add(memory, address, bytes);
    }
  }

  /** {@code cp.async.commit_group}. */
  public static final class Commit extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        warp.cta().copies(warp.thread(Integer.numberOfTrailingZeros(m))).commit();
      }
      return NEXT;
    }
  }

  /** {@code cp.async.wait_group} and {@code wait_all}. */
  public static final class Wait extends Op {
    private final int pending;

    /** {@code pending} is -1 for all copies, committed or not. */
    public Wait(int pending) {
      this.pending = pending;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        CopyGroups copies = warp.cta().copies(warp.thread(Integer.numberOfTrailingZeros(m)));
        if (pending < 0) {
          copies.waitForAll();
        } else {
          copies.waitFor(pending);
        }
      }
      return NEXT;
    }
  }

  /** {@code cp.async.mbarrier.arrive}: the hardware arrives when the thread's copies are there. */
  public static final class Arrive extends MBarrierOps.OnBarrier {
    private final boolean increment;

    public Arrive(MemoryOps.At at, boolean increment) {
      super(at);
      this.increment = increment;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        MBarrier barrier = barrier(warp, lane);
        if (increment) {
          barrier.expectArrival();
        }
        warp.release(barrier.knowledge());
        CopyGroups copies = warp.cta().copies(warp.thread(lane));
        warp.cluster()
            .start(
                new Transfer(warp, lane, line, name) {
                  @Override
                  public boolean advance() {
                    copies.waitForAll();
                    barrier.arrive(1);
                    return true;
                  }
                });
      }
      return NEXT;
    }
  }
}
