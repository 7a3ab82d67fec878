package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.ClusterAddress;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;

/** One mbarrier in shared memory of the executing CTA, and the instructions on it. */
public final class Mbarrier {
  /** Bytes of one mbarrier. */
  public static final int BYTES = 8;

  private final Code code;
  private final SmemAddress address;

  private Mbarrier(Code code, SmemAddress address) {
    this.code = code;
    this.address = address;
  }

  /** The barrier at an address, a multiple of {@value #BYTES}. */
  public static Mbarrier at(Code code, SmemAddress address) {
    return new Mbarrier(code, address);
  }

  /** Where it is. */
  public SmemAddress address() {
    return address;
  }

  /** The same barrier in a CTA of the cluster, possibly this one. */
  public ClusterAddress inCluster(U32 ctaRank) {
    return code.inCluster(address, ctaRank);
  }

  /** Prepares the barrier: a phase completes when all of them have arrived. One thread only. */
  public void init(Arrivals arrivals) {
    code.raw(
        IsaFeature.MBARRIER,
        "mbarrier.init.shared::cta.b64 [" + address + "], " + arrivals.count());
  }

  /** Makes initialised barriers visible to the cluster and to the asynchronous proxy. */
  public static void fenceInit(Code code) {
    code.raw(IsaFeature.MBARRIER, "fence.mbarrier_init.release.cluster");
  }

  /** Arrives, and expects that many bytes of asynchronous copies in this phase. */
  public void arriveExpectTx(int bytes) {
    code.raw(
        IsaFeature.MBARRIER,
        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [" + address + "], " + bytes);
  }

  /** Arrives, and expects a number of bytes that is known at run time. */
  public void arriveExpectTx(U32 bytes) {
    code.raw(
        IsaFeature.MBARRIER,
        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [" + address + "], " + bytes);
  }

  /** Arrives. */
  public void arrive() {
    code.raw(IsaFeature.MBARRIER, "mbarrier.arrive.shared::cta.b64 _, [" + address + "]");
  }

  /**
   * Arrives at the same barrier in a CTA of the cluster, possibly this one.
   *
   * <p>Without {@code .release.cluster}: what a consumer releases are reads by wgmma, which {@code
   * wait_group} has already completed. Spelled out, the qualifier became a membar of GPU scope per
   * arrival and cost a quarter of the speed (docs/performance.md).
   */
  public void arriveRemote(U32 ctaRank) {
    code.raw(
        IsaFeature.MBARRIER, "mbarrier.arrive.shared::cluster.b64 _, [" + inCluster(ctaRank) + "]");
  }

  /**
   * Waits until the phase of that parity has completed. A fresh barrier is in phase 0, so waiting for
   * parity 1 returns at once. Parities are kept by {@link Pipeline} and {@link Rounds} alone.
   */
  void await(U32 parity) {
    code.spin(
        IsaFeature.MBARRIER,
        done ->
            "mbarrier.try_wait.parity.shared::cta.b64 " + done + ", [" + address + "], " + parity);
  }
}
