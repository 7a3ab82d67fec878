package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;

/** Shared memory of the other CTAs of a cluster. */
public final class Dsmem {
  private Dsmem() {}

  /** The address of a variable of this CTA in the CTA of that rank, possibly this one. */
  public static U32 address(Code code, U32 own, U32 ctaRank) {
    U32 remote = code.newU32();
    code.raw("mapa.shared::cluster.u32 " + remote + ", " + own + ", " + ctaRank);
    return remote;
  }

  /**
   * Copies bytes from shared memory of this CTA to that of another. One thread only; the bytes must be
   * visible to the asynchronous proxy ({@link Sync#fenceProxyAsync}) and stay until the copy has
   * completed at the barrier.
   *
   * @param destination from {@link #address}, a multiple of 16
   * @param source in this CTA, a multiple of 16
   * @param bytes a multiple of 16
   * @param barrier from {@link #address}, in the CTA of the destination: it gets the bytes
   */
  public static void copy(Code code, U32 destination, U32 source, int bytes, U32 barrier) {
    if (bytes <= 0 || bytes % 16 != 0) {
      throw new IllegalArgumentException(bytes + " bytes; legal: positive multiples of 16");
    }
    code.raw(
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
