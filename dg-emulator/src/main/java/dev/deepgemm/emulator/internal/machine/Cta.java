package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.memory.CopyGroups;
import dev.deepgemm.emulator.internal.memory.SharedMemory;
import dev.deepgemm.emulator.internal.memory.SharedReader;
import java.util.ArrayList;
import java.util.List;

/** One CTA: its warps, its shared memory, its barriers. */
public final class Cta {
  private final Cluster cluster;
  private final int rank;
  private final int index;
  private final int threads;
  private final SharedMemory shared;
  private final Warp[] warps;
  private final NamedBarrier[] barriers = new NamedBarrier[16];
  private final BulkGroups[] bulk;
  private final CopyGroups[] copies;
  private final WarpgroupStep[] warpgroups;
  private final List<SharedReader> readers = new ArrayList<>();
  private final RegisterPool registers;

  /** For each thread, the generation of the cluster barrier at which it arrived, plus one; or 0. */
  public final long[] clusterArrivals;

  private int liveThreads;

  Cta(Cluster cluster, int rank, int index, Program program, int threads, int sharedBytes) {
    this.cluster = cluster;
    this.rank = rank;
    this.index = index;
    this.liveThreads = threads;
    this.threads = threads;
    this.shared =
        new SharedMemory(program.kernel().dynamicSharedOffset() + sharedBytes, cluster.warpCount());
    this.clusterArrivals = new long[threads];
    this.bulk = new BulkGroups[threads];
    this.copies = new CopyGroups[threads];
    this.registers = new RegisterPool(threads, program.kernel().ctasPerSm());
    for (int i = 0; i < barriers.length; i++) {
      barriers[i] = new NamedBarrier(i, cluster.warpCount());
    }
    warpgroups = new WarpgroupStep[(threads + 127) / 128];
    warps = new Warp[threads / 32];
    for (int i = 0; i < warps.length; i++) {
      warps[i] = new Warp(this, i, program);
      warps[i].maxRegisters = registers.perThread();
    }
    for (int i = 0; i < warpgroups.length; i++) {
      warpgroups[i] = new WarpgroupStep(this, i);
    }
  }

  public Cluster cluster() {
    return cluster;
  }

  /** Rank in the cluster. */
  int rank() {
    return rank;
  }

  /** Index in the grid. */
  int index() {
    return index;
  }

  public int threads() {
    return threads;
  }

  public int liveThreads() {
    return liveThreads;
  }

  public SharedMemory shared() {
    return shared;
  }

  Warp[] warps() {
    return warps;
  }

  public NamedBarrier barrier(long index) {
    if (index < 0 || index >= barriers.length) {
      throw new Fault("DG-EMU-33", "barrier %d; legal: 0 to 15", index);
    }
    return barriers[(int) index];
  }

  WarpgroupStep warpgroup(int warp) {
    return warpgroups[warp / 4];
  }

  public RegisterPool registers() {
    return registers;
  }

  /** Bulk copies that a thread has issued. */
  public BulkGroups bulk(int thread) {
    BulkGroups groups = bulk[thread];
    if (groups == null) {
      groups = new BulkGroups();
      bulk[thread] = groups;
    }
    return groups;
  }

  /** Whether a thread ever issued a bulk copy in a group. */
  public boolean hasBulk(int thread) {
    return bulk[thread] != null;
  }

  /** Copies of {@code cp.async} that a thread has issued. */
  public CopyGroups copies(int thread) {
    CopyGroups groups = copies[thread];
    if (groups == null) {
      groups = new CopyGroups();
      copies[thread] = groups;
    }
    return groups;
  }

  /** Something begins to read shared memory asynchronously. */
  public void beginRead(SharedReader reader) {
    readers.add(reader);
  }

  public void endRead(SharedReader reader) {
    readers.remove(reader);
  }

  /**
   * Tells asynchronous readers that a range is about to change under them.
   *
   * @param line line of the instruction that writes
   * @param copy whether that is a copy, and not a store
   */
  public void overwriting(int address, int bytes, int line, boolean copy) {
    for (int i = 0; i < readers.size(); i++) {
      SharedReader reader = readers.get(i);
      if (address < reader.end() && reader.start() < address + bytes) {
        reader.overwritten(address, bytes, line, copy);
      }
    }
  }

  /** Lanes of a warp ended. */
  void exited(Warp warp, int mask) {
    int count = Integer.bitCount(mask);
    liveThreads -= count;
    for (NamedBarrier barrier : barriers) {
      barrier.exited(count);
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int thread = warp.thread(Integer.numberOfTrailingZeros(m));
      if (bulk[thread] != null && bulk[thread].reading()) {
        cluster.warn(
            "a thread exits before cp.async.bulk.wait_group.read has seen its stores read shared"
                + " memory");
      }
    }
    cluster.exited(this, warp, mask);
  }
}
