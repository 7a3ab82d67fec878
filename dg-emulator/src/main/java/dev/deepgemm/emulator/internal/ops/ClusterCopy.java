package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.copy.BulkCopies;
import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Addresses.Space;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.LaneGroup;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;

/** {@code cp.async.bulk.shared::cluster.shared::cta}: from one CTA of a cluster to another. */
public final class ClusterCopy extends Op {
  private static final int ALIGNMENT = 16;

  private final MemoryOps.At destination;
  private final MemoryOps.At source;
  private final int size;
  private final MemoryOps.At barrier;

  public ClusterCopy(
      MemoryOps.At destination, MemoryOps.At source, int size, MemoryOps.At barrier) {
    this.destination = destination;
    this.source = source;
    this.size = size;
    this.barrier = barrier;
  }

  @Override
  public int execute(Warp warp, LaneGroup group, int mask) {
    warp.requireDefined(destination.row(), mask, "the destination of a copy");
    warp.requireDefined(source.row(), mask, "the source of a copy");
    warp.requireDefined(size, mask, "the size of a copy");
    warp.requireDefined(barrier.row(), mask, "the address of an mbarrier");
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      warp.at(lane);
      begin(warp, lane);
    }
    return NEXT;
  }

  private void begin(Warp warp, int lane) {
    long to = destination.of(warp, lane);
    long from = source.of(warp, lane);
    long at = barrier.of(warp, lane);
    Cta target = Addresses.cta(to, Space.SHARED_CLUSTER, warp.cta());
    if (target != Addresses.cta(at, Space.SHARED_CLUSTER, warp.cta())) {
      throw new Fault("DG-EMU-44", "destination and mbarrier are in different CTAs");
    }
    if (target.liveThreads() == 0) {
      throw new Fault("DG-EMU-26", "a copy to a CTA all of whose threads have exited");
    }
    Addresses.cta(from, Space.SHARED_CTA, warp.cta());
    int bytes = BulkCopies.size(warp.values[size * 32 + lane]);
    int offset = Addresses.offset(to);
    CopyOps.align(offset, ALIGNMENT);
    new BulkCopies.Across(
            warp, lane, this, target, offset, bytes, Addresses.offset(at), Addresses.offset(from))
        .begin();
  }
}
