package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.ptx.sync.NamedBarrier;
import dev.deepgemm.ptx.sync.NamedBarriers;

/**
 * The hardware barriers of a kernel: who meets whom.
 *
 * @param cta all threads, once the mbarriers are initialised; unused in clusters, which meet as a whole
 * @param warpgroups of each math warpgroup along m, in {@link TmaEpilogue}
 * @param slices all math threads, in {@link KReduction}
 * @param firstSlice math threads of the first slice along k, in {@link ClusterReduction}
 */
record KernelBarriers(
    NamedBarrier cta, NamedBarrier.Array warpgroups, NamedBarrier slices, NamedBarrier firstSlice) {
  private static final int MOST_ROW_WARPGROUPS = 2;

  static KernelBarriers of(KernelSpec spec) {
    WarpgroupShape shape = WarpgroupShape.of(spec);
    NamedBarriers barriers = new NamedBarriers(spec.threads().total());
    return new KernelBarriers(
        barriers.cta(),
        barriers.allocate("epilogue", MOST_ROW_WARPGROUPS, WarpgroupShape.WARPGROUP),
        barriers.allocate("slices along k", shape.mathThreads()),
        barriers.allocate("first slice along k", shape.threadsPerSlice()));
  }
}
