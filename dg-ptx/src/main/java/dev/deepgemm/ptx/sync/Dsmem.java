package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.ClusterAddress;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.SmemAddress;

/** Copies between the shared memories of a cluster (distributed shared memory). */
public final class Dsmem {
  private Dsmem() {}

  /**
   * Copies bytes from shared memory of this CTA to that of another. One thread only; the bytes must be
   * visible to the asynchronous proxy ({@link Sync#fenceProxyAsync}) and stay until the copy has
   * completed at the barrier.
   *
   * @param destination a multiple of 16
   * @param source in this CTA, a multiple of 16
   * @param bytes a multiple of 16
   * @param barrier in the CTA of the destination: it gets the bytes ({@link Mbarrier#inCluster})
   */
  public static void copy(
      Code code,
      ClusterAddress destination,
      SmemAddress source,
      int bytes,
      ClusterAddress barrier) {
    if (bytes <= 0 || bytes % 16 != 0) {
      throw new IllegalArgumentException(bytes + " bytes; legal: positive multiples of 16");
    }
    code.raw(
        IsaFeature.BULK_COPY,
        "cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes ["
            + destination
            + "], ["
            + source
            + "], "
            + bytes
            + ", ["
            + barrier
            + "]");
  }
}
