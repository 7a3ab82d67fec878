package dev.deepgemm.emulator.internal.memory;

import dev.deepgemm.emulator.internal.check.Fault;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which clusters stored to each piece of global memory in one run, and which added to it with
 * reductions. Additions of several clusters go together in any order; a store of one and an addition of
 * another do not, and which comes first is nobody's choice within a launch. So they are a race even if
 * the emulator happened to run one of the clusters after the other.
 *
 * <p>Kept only where a kernel has reductions. Clusters may use it from several threads.
 */
public final class GlobalWriters {
  private static final int NOBODY = 0;
  private static final int SEVERAL = -1;

  /** Bytes that share a mark: no element that a reduction adds is smaller. */
  private static final int GRANULE = 2;

  /** For each granule, the number of the cluster plus one. */
  private static final class Marks {
    final int[] stored;
    final int[] added;

    Marks(int bytes) {
      stored = new int[(bytes + GRANULE - 1) / GRANULE];
      added = new int[stored.length];
    }
  }

  private final Map<Long, Marks> marks = new ConcurrentHashMap<>();

  /**
   * Notes a store to bytes of an allocation.
   *
   * @param cluster who stores
   * @param ordered whether that cluster may have heard of another one's additions, so that they may
   *     have come before
   */
  public void store(
      GlobalMemory.Allocation to, int offset, int bytes, int cluster, boolean ordered) {
    note(to, offset, bytes, cluster, ordered, false);
  }

  /** Notes an addition to bytes of an allocation; the parameters are those of {@link #store}. */
  public void add(GlobalMemory.Allocation to, int offset, int bytes, int cluster, boolean ordered) {
    note(to, offset, bytes, cluster, ordered, true);
  }

  private void note(
      GlobalMemory.Allocation to,
      int offset,
      int bytes,
      int cluster,
      boolean ordered,
      boolean adds) {
    Marks found = marks.computeIfAbsent(to.address(), address -> new Marks(to.data().length));
    int me = cluster + 1;
    int end = (offset + bytes + GRANULE - 1) / GRANULE;
    synchronized (found) {
      int[] mine = adds ? found.added : found.stored;
      int[] others = adds ? found.stored : found.added;
      for (int i = offset / GRANULE; i < end; i++) {
        if (!ordered && others[i] != NOBODY && others[i] != me) {
          throw race(to.address() + (long) i * GRANULE, others[i], adds);
        }
        mine[i] = mine[i] == NOBODY || mine[i] == me ? me : SEVERAL;
      }
    }
  }

  private static Fault race(long address, int other, boolean adds) {
    return new Fault(
        "DG-EMU-29",
        "it %s global memory at 0x%x, %s %s in the same launch; nothing says which comes first",
        adds ? "adds to" : "stores to",
        address,
        adds ? "which was stored to by" : "which was added to by",
        other == SEVERAL ? "several clusters" : "cluster " + (other - 1));
  }
}
