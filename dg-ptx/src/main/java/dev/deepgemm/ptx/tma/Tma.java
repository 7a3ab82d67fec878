package dev.deepgemm.ptx.tma;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;

/**
 * Bulk tensor copies of two-dimensional boxes. Coordinates are elements, x along the contiguous
 * dimension; elements outside of the tensor read as zero and are not written.
 */
public final class Tma {
  private Tma() {}

  /** Fetches a tensor map ahead of its first use. */
  public static void prefetch(Code code, U64 map) {
    code.raw("prefetch.tensormap [" + map + "]");
  }

  /** Copies a box into shared memory of this CTA; the barrier gets its bytes. One thread only. */
  public static void load(Code code, U32 destination, U64 map, U32 x, U32 y, U32 barrier) {
    code.raw(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes "
            + operands(destination, map, x, y, barrier));
  }

  /**
   * Copies a box to the same offset in shared memory of several CTAs of the cluster; the barrier at
   * the same offset of each gets its bytes. One thread of one CTA only.
   *
   * @param ctaMask bit i for the CTA of rank i
   */
  public static void loadMulticast(
      Code code, U32 destination, U64 map, U32 x, U32 y, U32 barrier, int ctaMask) {
    code.raw(
        "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
            + ".multicast::cluster "
            + operands(destination, map, x, y, barrier)
            + ", "
            + ctaMask);
  }

  private static String operands(U32 destination, U64 map, U32 x, U32 y, U32 barrier) {
    return "[" + destination + "], [" + map + ", {" + x + ", " + y + "}], [" + barrier + "]";
  }

  /** Copies a box from shared memory to the tensor, as part of the thread's current batch (PTX: bulk group). */
  public static void store(Code code, U64 map, U32 x, U32 y, U32 source) {
    code.raw(
        "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group ["
            + map
            + ", {"
            + x
            + ", "
            + y
            + "}], ["
            + source
            + "]");
  }

  /** Closes the thread's current batch (PTX: bulk group). */
  public static void commit(Code code) {
    code.raw("cp.async.bulk.commit_group");
  }

  /** Waits until at most that many of the thread's batches still read their source. */
  public static void awaitRead(Code code, int pending) {
    code.raw("cp.async.bulk.wait_group.read " + pending);
  }
}
