package dev.deepgemm.ptx.tma;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.sync.Mbarrier;

/**
 * Bulk copies between boxes of tensors in global memory and shared memory. One thread issues them;
 * its copies into global memory are collected in batches (PTX: bulk groups) that it can wait for.
 *
 * <p>In shared memory a box lies dense, row behind row (plane behind plane), each row swizzled as the
 * map says; the address is a multiple of 128, and of the swizzle's period where there is one (1,024
 * bytes for the widest).
 */
public final class Tma {
  private Tma() {}

  /** Fetches a tensor map ahead of its first use. */
  public static void prefetch(Code code, TensorMapAddress map) {
    code.raw(IsaFeature.BULK_COPY, "prefetch.tensormap [" + map + "]");
  }

  /**
   * Copies a box into shared memory of this CTA; the barrier gets its bytes. One thread only.
   *
   * <p>The destination is called the CTA's own where the target's assemblers know that word. For sm_120 ptxas
   * 13.0 otherwise gives the kernel a stack, for the sake of clusters that there are not.
   */
  public static void load(Code code, SmemAddress destination, TensorBox box, Mbarrier barrier) {
    boolean own = code.offers(IsaFeature.BULK_COPY_TO_CTA);
    code.raw(
        own ? IsaFeature.BULK_COPY_TO_CTA : IsaFeature.BULK_COPY,
        load(box, own ? ".shared::cta" : ".shared::cluster", "")
            + operands(destination, box, barrier));
  }

  /**
   * Copies a box to the same offset in shared memory of several CTAs of the cluster; the barrier at
   * the same offset of each gets its bytes. One thread of one CTA only.
   *
   * @param ctaMask bit i for the CTA of rank i
   */
  public static void loadMulticast(
      Code code, SmemAddress destination, TensorBox box, Mbarrier barrier, int ctaMask) {
    code.raw(
        IsaFeature.BULK_COPY,
        load(box, ".shared::cluster", ".multicast::cluster")
            + operands(destination, box, barrier)
            + ", "
            + ctaMask);
  }

  private static String load(TensorBox box, String destination, String suffix) {
    return "cp.async.bulk.tensor."
        + box.rank()
        + destination
        + ".global.mbarrier::complete_tx::bytes"
        + suffix
        + " ";
  }

  private static String operands(SmemAddress destination, TensorBox box, Mbarrier barrier) {
    return "[" + destination + "], " + box.operand() + ", [" + barrier.address() + "]";
  }

  /** Copies a box from shared memory to the tensor, as part of the thread's current batch. */
  public static void store(Code code, TensorBox box, SmemAddress source) {
    code.raw(
        IsaFeature.BULK_COPY,
        "cp.async.bulk.tensor."
            + box.rank()
            + ".global.shared::cta.bulk_group "
            + box.operand()
            + ", ["
            + source
            + "]");
  }

  /**
   * Adds a box in shared memory to the tensor, element by element, as part of the thread's current
   * batch. The elements' type is that of the map: FP32, or BF16, where each sum is rounded to BF16.
   *
   * <p>Each element is read and written at once, so boxes may overlap and CTAs may add to the same one;
   * the order in which they do is not defined, and the rounding follows it.
   */
  public static void reduceAdd(Code code, TensorBox box, SmemAddress source) {
    code.raw(
        IsaFeature.BULK_COPY,
        "cp.reduce.async.bulk.tensor."
            + box.rank()
            + ".global.shared::cta.add.tile.bulk_group "
            + box.operand()
            + ", ["
            + source
            + "]");
  }

  /** Closes the thread's current batch of copies into global memory. */
  public static void commit(Code code) {
    code.raw(IsaFeature.BULK_COPY, "cp.async.bulk.commit_group");
  }

  /** Waits until at most that many of the thread's batches still read their source. */
  public static void awaitRead(Code code, int pending) {
    code.raw(IsaFeature.BULK_COPY, "cp.async.bulk.wait_group.read " + pending);
  }
}
