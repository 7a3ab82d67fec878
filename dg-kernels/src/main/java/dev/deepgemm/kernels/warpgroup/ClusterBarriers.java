package dev.deepgemm.kernels.warpgroup;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.math.ClusterReduction;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.sync.Arrivals;
import dev.deepgemm.ptx.sync.Mbarrier;

/**
 * The barriers of a CTA in a cluster that splits k; {@link ClusterReduction} says how they follow one
 * another. Each completes one phase per tile.
 *
 * @param ready all math warps of the cluster have left the loop: nobody needs the slots
 * @param arrived the other CTAs' sums of this CTA's columns have been copied here
 * @param done all math warps of the cluster have read what came: the slots are the pipeline's again
 */
public record ClusterBarriers(Mbarrier ready, Mbarrier arrived, Mbarrier done) {
  /** How many there are. */
  public static final int COUNT = 3;

  /** Those of a CTA. */
  public static ClusterBarriers of(Cta cta) {
    Code code = cta.code();
    SmemAddress first = cta.smem().clusterBarriers().at(code, cta.base());
    return new ClusterBarriers(
        Mbarrier.at(code, first),
        Mbarrier.at(code, code.add(first, Mbarrier.BYTES)),
        Mbarrier.at(code, code.add(first, 2 * Mbarrier.BYTES)));
  }

  /** Prepares the barriers. One thread only; a barrier of the cluster must follow. */
  public void init(KernelSpec spec) {
    int warps = WarpgroupShape.of(spec).threadsPerSlice() / WarpgroupShape.WARP;
    Arrivals math = Arrivals.of(warps, "math warps").inEachOf(spec.splitK());
    ready.init(math);
    arrived.init(Arrivals.of(1, "thread that announces the bytes"));
    done.init(math);
  }
}
