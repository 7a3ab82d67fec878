package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;

/**
 * Address spaces and how their addresses look.
 *
 * <p>A shared address is an offset below 2^24, and from bit 24 on the rank of its CTA in the cluster,
 * as an H200 was seen to have it: in the address of a CTA's own variable as in what {@code mapa} makes
 * of it. So {@code .shared::cta} is that part of {@code .shared::cluster} that has the own rank, and an
 * offset alone is an address of CTA 0, which in the others {@code .shared::cta} does not reach. Without
 * clusters all ranks are 0. Generic addresses are global ones, or those of a window far away from every
 * allocation.
 */
public final class Addresses {
  /** State space of an access. */
  public enum Space {
    GENERIC,
    GLOBAL,
    SHARED_CTA,
    SHARED_CLUSTER,
    PARAM
  }

  /** Generic address of shared address 0. */
  public static final long SHARED_WINDOW = 0x7F00_0000_0000L;

  /** Generic address of parameter 0. */
  public static final long PARAM_WINDOW = 0x7E00_0000_0000L;

  private static final int RANK_SHIFT = 24;

  private Addresses() {}

  /** The space to which a generic address belongs. */
  public static Space spaceOf(long generic) {
    if (generic >= SHARED_WINDOW && generic < SHARED_WINDOW + (1L << 32)) {
      return Space.SHARED_CLUSTER;
    } else if (generic >= PARAM_WINDOW && generic < PARAM_WINDOW + (1L << 32)) {
      return Space.PARAM;
    }
    return Space.GLOBAL;
  }

  /** {@code mapa}: the address of the same variable in another CTA of the cluster. */
  public static long map(long address, long rank, Cluster cluster) {
    if (rank < 0 || rank >= cluster.size()) {
      throw new Fault("DG-EMU-20", "CTA rank %d in a cluster of %d", rank, cluster.size());
    }
    return offset(address) | rank << RANK_SHIFT;
  }

  /** The address of what a CTA has at that offset of its shared memory. */
  static long own(long offset, Cta cta) {
    return offset + ((long) cta.rank() << RANK_SHIFT);
  }

  /** The CTA that an address of the cluster's window belongs to. */
  public static Cta cta(long address, Space space, Cta own) {
    long rank = address >>> RANK_SHIFT;
    if (rank >= own.cluster().size()) {
      throw new Fault("DG-EMU-20", "0x%x is not in the shared memory of the cluster", address);
    }
    Cta found = own.cluster().cta((int) rank);
    if (found == own) {
      return own;
    }
    if (space == Space.SHARED_CTA) {
      throw new Fault(
          "DG-EMU-20",
          "0x%x belongs to CTA %d of the cluster, and .shared::cta reaches only the own one, %d",
          address,
          rank,
          own.rank());
    }
    if (found.liveThreads() == 0) {
      throw new Fault(
          "DG-EMU-26",
          "shared memory of CTA %d of the cluster, all of whose threads have exited; keep it alive"
              + " with a cluster barrier at the end",
          rank);
    }
    return found;
  }

  /** The address within its CTA. */
  public static int offset(long address) {
    return (int) (address & ((1L << RANK_SHIFT) - 1));
  }
}
