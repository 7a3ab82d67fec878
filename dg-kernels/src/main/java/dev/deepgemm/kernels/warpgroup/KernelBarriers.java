package dev.deepgemm.kernels.warpgroup;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.ptx.sync.NamedBarrier;
import dev.deepgemm.ptx.sync.NamedBarriers;

/**
 * The hardware barriers of a kernel: who meets whom.
 *
 * @param cta all threads, once the mbarriers are initialised; unused in clusters, which meet as a whole
 * @param warpgroups of each math warpgroup along m, where TMA stores
 * @param slices all math threads, where their sums meet
 * @param firstSlice math threads of the first slice along k, where a cluster splits k
 */
public record KernelBarriers(
    NamedBarrier cta, NamedBarrier.Array warpgroups, NamedBarrier slices, NamedBarrier firstSlice) {
  private static final int MOST_ROW_WARPGROUPS = 2;

  /** Those of a kernel. */
  public static KernelBarriers of(KernelSpec spec) {
    WarpgroupShape shape = WarpgroupShape.of(spec);
    NamedBarriers barriers = new NamedBarriers(spec.threads().total());
    return new KernelBarriers(
        barriers.cta(),
        barriers.allocate("epilogue", MOST_ROW_WARPGROUPS, WarpgroupShape.WARPGROUP),
        barriers.allocate("slices along k", shape.mathThreads()),
        barriers.allocate("first slice along k", shape.threadsPerSlice()));
  }
}
