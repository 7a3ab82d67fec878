package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;

/** Instructions on one mbarrier in shared memory; addresses are those of the executing CTA. */
public final class Mbarrier {
  /** Bytes of one mbarrier. */
  public static final int BYTES = 8;

  private Mbarrier() {}

  /** Prepares a barrier whose phase completes after that many arrivals. One thread only. */
  public static void init(Code code, U32 barrier, int arrivals) {
    code.raw("mbarrier.init.shared::cta.b64 [" + barrier + "], " + arrivals);
  }

  /** Makes initialised barriers visible to the cluster and to the asynchronous proxy. */
  public static void fenceInit(Code code) {
    code.raw("fence.mbarrier_init.release.cluster");
  }

  /** Arrives, and expects that many bytes of asynchronous copies in this phase. */
  public static void arriveExpectTx(Code code, U32 barrier, int bytes) {
    code.raw("mbarrier.arrive.expect_tx.shared::cta.b64 _, [" + barrier + "], " + bytes);
  }

  /** Arrives, and expects a number of bytes that is known at run time. */
  public static void arriveExpectTx(Code code, U32 barrier, U32 bytes) {
    code.raw("mbarrier.arrive.expect_tx.shared::cta.b64 _, [" + barrier + "], " + bytes);
  }

  /** Arrives at a barrier of this CTA. */
  public static void arrive(Code code, U32 barrier) {
    code.raw("mbarrier.arrive.shared::cta.b64 _, [" + barrier + "]");
  }

  /**
   * Arrives at the same barrier in a CTA of the cluster, possibly this one.
   *
   * <p>Without {@code .release.cluster}: what a consumer releases are reads by wgmma, which {@code
   * wait_group} has already completed. Spelled out, the qualifier became a membar of GPU scope per
   * arrival and cost a quarter of the speed (docs/performance.md).
   */
  public static void arriveRemote(Code code, U32 barrier, U32 ctaRank) {
    U32 remote = Dsmem.address(code, barrier, ctaRank);
    code.raw("mbarrier.arrive.shared::cluster.b64 _, [" + remote + "]");
  }

  /**
   * Waits until the phase of that parity has completed. A fresh barrier is in phase 0, so waiting for
   * parity 1 returns at once.
   */
  public static void await(Code code, U32 barrier, U32 parity) {
    code.spin(
        done ->
            "mbarrier.try_wait.parity.shared::cta.b64 " + done + ", [" + barrier + "], " + parity);
  }
}
