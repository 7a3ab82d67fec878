package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.copy.BulkCopies;
import dev.deepgemm.emulator.internal.copy.TensorLoad;
import dev.deepgemm.emulator.internal.copy.TensorStore;
import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.GlobalAccess;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Launch;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.TensorBox;
import dev.deepgemm.emulator.internal.numbers.Fn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Instructions that start copies of the asynchronous proxy and wait for them. */
public final class CopyOps {
  /** Copies of tensors need this alignment in shared memory. */
  private static final int TENSOR_ALIGNMENT = 128;

  private CopyOps() {}

  /** Operands of a tensor copy: the map's generic address and one coordinate per dimension. */
  public record Tensor(int map, int[] coordinates) {
    TensorBox box(Warp warp, int lane) {
      warp.requireDefined(map, 1 << lane, "the address of a tensor map");
      long address = warp.values[map * 32 + lane];
      Launch launch = warp.cluster().launch();
      TensorMap found =
          Addresses.spaceOf(address) == Space.PARAM
              ? launch.map(address - Addresses.PARAM_WINDOW)
              : launch.memory().tensorMap(address);
      if (found == null) {
        throw new Fault(
            "DG-EMU-44",
            "there is no tensor map at generic address 0x%x; take a parameter's address with"
                + " mov.b64 and cvta.param.u64",
            address);
      }
      if (found.dims().size() != coordinates.length) {
        throw new Fault(
            "DG-EMU-44",
            "a copy of %d dimensions with a tensor map of %d",
            coordinates.length,
            found.dims().size());
      }
      int[] at = new int[coordinates.length];
      for (int i = 0; i < at.length; i++) {
        warp.requireDefined(coordinates[i], 1 << lane, "a coordinate of a copy");
        at[i] = (int) warp.values[coordinates[i] * 32 + lane];
      }
      return new TensorBox(found, at);
    }
  }

  static void align(int address, int alignment) {
    if (address % alignment != 0) {
      throw new Fault(
          "DG-EMU-21",
          "shared address 0x%x of a bulk copy must be a multiple of %d",
          address,
          alignment);
    }
  }

  /** Global to shared memory, announced at an mbarrier. */
  public static final class Load extends Op {
    private final @Nullable Tensor tensor;
    private final int source;
    private final long sourceOffset;
    private final int size;
    private final MemoryOps.At destination;
    private final MemoryOps.At barrier;
    private final int ctaMask;

    /** {@code source} and {@code size} belong to the form without tensor; {@code ctaMask} or -1. */
    public Load(
        @Nullable Tensor tensor,
        int source,
        long sourceOffset,
        int size,
        MemoryOps.At destination,
        MemoryOps.At barrier,
        int ctaMask) {
      this.tensor = tensor;
      this.source = source;
      this.sourceOffset = sourceOffset;
      this.size = size;
      this.destination = destination;
      this.barrier = barrier;
      this.ctaMask = ctaMask;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(destination.row(), mask, "the destination of a copy");
      warp.requireDefined(barrier.row(), mask, "the address of an mbarrier");
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        issue(warp, lane);
      }
      return NEXT;
    }

    private void issue(Warp warp, int lane) {
      long to = destination.of(warp, lane);
      long at = barrier.of(warp, lane);
      Cta target = Addresses.cta(to, Space.SHARED_CLUSTER, warp.cta());
      if (target != Addresses.cta(at, Space.SHARED_CLUSTER, warp.cta())) {
        throw new Fault("DG-EMU-44", "destination and mbarrier are in different CTAs");
      }
      List<Cta> targets = ctaMask < 0 ? List.of(target) : multicast(warp, lane);
      int offset = Addresses.offset(to);
      int barrierOffset = Addresses.offset(at);
      Tensor copied = tensor;
      if (copied != null) {
        align(offset, TENSOR_ALIGNMENT);
        TensorBox box = copied.box(warp, lane);
        GlobalAccess.afterPreviousGrid(warp, box.map().address());
        new TensorLoad(warp, lane, this, targets, offset, barrierOffset, box).issue();
        return;
      }
      warp.requireDefined(source, 1 << lane, "the source of a copy");
      warp.requireDefined(size, 1 << lane, "the size of a copy");
      long from = warp.values[source * 32 + lane] + sourceOffset;
      int bytes = BulkCopies.size(warp.values[size * 32 + lane]);
      align(offset, 16);
      GlobalAccess.afterPreviousGrid(warp, from);
      new BulkCopies.In(warp, lane, this, targets, offset, bytes, barrierOffset, from).issue();
    }

    private List<Cta> multicast(Warp warp, int lane) {
      warp.requireDefined(ctaMask, 1 << lane, "the CTA mask of a multicast");
      int bits = (int) warp.values[ctaMask * 32 + lane] & 0xffff;
      List<Cta> targets = new ArrayList<>();
      for (int rank = 0; rank < 16; rank++) {
        if ((bits >>> rank & 1) == 0) {
          continue;
        }
        if (rank >= warp.cluster().size()) {
          throw new Fault(
              "DG-EMU-44", "multicast to CTA %d in a cluster of %d", rank, warp.cluster().size());
        }
        Cta target = warp.cluster().cta(rank);
        if (target.liveThreads() == 0) {
          throw new Fault(
              "DG-EMU-26", "multicast to CTA %d, all of whose threads have exited", rank);
        }
        targets.add(target);
      }
      if (targets.isEmpty()) {
        throw new Fault("DG-EMU-44", "multicast to no CTA at all");
      }
      return targets;
    }
  }

  /** Shared to global memory, in a bulk group. */
  public static final class Store extends Op {
    private final @Nullable Tensor tensor;
    private final int destination;
    private final long destinationOffset;
    private final int size;
    private final MemoryOps.At source;
    private final boolean adds;

    /** {@code destination} and {@code size} belong to the form without tensor. */
    public Store(
        @Nullable Tensor tensor,
        int destination,
        long destinationOffset,
        int size,
        MemoryOps.At source,
        boolean adds) {
      this.tensor = tensor;
      this.destination = destination;
      this.destinationOffset = destinationOffset;
      this.size = size;
      this.source = source;
      this.adds = adds;
    }

    /** Whether it adds to what is there. */
    public boolean adds() {
      return adds;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      warp.requireDefined(source.row(), mask, "the source of a copy");
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        warp.at(lane);
        long from = source.of(warp, lane);
        Addresses.cta(from, Space.SHARED_CTA, warp.cta());
        issue(warp, lane, Addresses.offset(from));
      }
      return NEXT;
    }

    private void issue(Warp warp, int lane, int from) {
      Tensor copied = tensor;
      if (copied != null) {
        align(from, TENSOR_ALIGNMENT);
        TensorBox box = copied.box(warp, lane);
        warp.cta().shared().check(from, box.bytes(), 1);
        Fn reduction = adds ? TensorStore.addition(box.map().type()) : null;
        GlobalAccess.afterPreviousGrid(warp, box.map().address());
        new TensorStore(warp, lane, this, from, box, reduction).issue();
        return;
      }
      warp.requireDefined(destination, 1 << lane, "the destination of a copy");
      warp.requireDefined(size, 1 << lane, "the size of a copy");
      int bytes = BulkCopies.size(warp.values[size * 32 + lane]);
      align(from, 16);
      warp.cta().shared().check(from, bytes, 1);
      long to = warp.values[destination * 32 + lane] + destinationOffset;
      GlobalAccess.afterPreviousGrid(warp, to);
      new BulkCopies.Out(warp, lane, this, from, bytes, to).issue();
    }
  }

  /** {@code cp.async.bulk.commit_group}. */
  public static final class Commit extends Op {
    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        warp.cta().bulk(warp.thread(Integer.numberOfTrailingZeros(m))).commit();
      }
      return NEXT;
    }
  }

  /** {@code cp.async.bulk.wait_group}. */
  public static final class WaitGroup extends Op {
    private final int pending;
    private final boolean reading;

    public WaitGroup(int pending, boolean reading) {
      this.pending = pending;
      this.reading = reading;
    }

    @Override
    public int execute(Warp warp, LaneGroup group, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int thread = warp.thread(Integer.numberOfTrailingZeros(m));
        if (warp.cta().hasBulk(thread) && !warp.cta().bulk(thread).done(pending, reading)) {
          return BLOCK;
        }
      }
      return NEXT;
    }

    @Override
    public String waitsFor(Warp warp, LaneGroup group) {
      return "its bulk copies";
    }
  }
}
