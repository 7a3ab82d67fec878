package dev.deepgemm.kernels.warpgroup;

import dev.deepgemm.kernels.math.ClusterReduction;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.ptx.smem.SmemLayout;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;

/**
 * Where the parts of {@link Sm90SmemLayout} lie in a kernel.
 *
 * <p>The output tile comes first and the operands follow, so that every swizzled region starts at a
 * multiple of 1,024 bytes: swizzling is a function of address bits. What depends on k comes last
 * and moves nothing, so offsets are constants of the kernel although its shared memory is not. The slots
 * of B lie behind those of A without a gap: between two tiles {@link ClusterReduction} uses them as one.
 *
 * @param d staged output tile
 * @param a tiles of A
 * @param b tiles of B
 * @param sfa scales of A, one float per row; no bytes without scaling
 * @param full barriers that complete when a slot is filled
 * @param empty barriers that complete when a slot is released
 * @param clusterBarriers {@link ClusterBarriers} of clusters that split k
 * @param partials sums that slices along k hand over; no bytes if there is one slice
 */
public record KernelSmem(
    SmemRegion d,
    SmemRegion a,
    SmemRegion b,
    SmemRegion sfa,
    SmemRegion full,
    SmemRegion empty,
    SmemRegion clusterBarriers,
    SmemRegion partials) {
  private static final int SWIZZLE_PERIOD = 1024;
  private static final int TMA_ALIGNMENT = 128;

  public static KernelSmem of(KernelSpec spec) {
    Sm90SmemLayout sizes = Sm90SmemLayout.of(spec, spec.tile().k());
    SmemUsage usage = sizes.usage();
    int stages = spec.stages();
    SmemLayout layout = new SmemLayout();
    KernelSmem smem =
        new KernelSmem(
            layout.region("D", sizes.dBytes(), 1, SWIZZLE_PERIOD),
            layout.region("A", sizes.aBytesPerStage(), stages, SWIZZLE_PERIOD),
            layout.region("B", sizes.bBytesPerStage(), stages, SWIZZLE_PERIOD),
            layout.region("scales of A", sizes.sfaBytesPerStage(), stages, TMA_ALIGNMENT),
            layout.region("full barriers", Mbarrier.BYTES, stages, Mbarrier.BYTES),
            layout.region("empty barriers", Mbarrier.BYTES, stages, Mbarrier.BYTES),
            layout.region(
                "barriers of the cluster", sizes.clusterBarrierBytes(), 1, Mbarrier.BYTES),
            layout.region("partial sums", sizes.partialBytes(), 1, Mbarrier.BYTES));
    if (layout.bytes() + sizes.extraSfbBytes() != usage.total(stages)) {
      throw new IllegalStateException(
          "the kernel uses "
              + layout.bytes()
              + " bytes of shared memory, the configuration promised "
              + (usage.total(stages) - sizes.extraSfbBytes())
              + ":\n"
              + layout);
    }
    return smem;
  }

  /**
   * How many bytes wgmma reads behind the end of shared memory: it reads 64 rows of A, and below a
   * tile of 16 or 32 rows in the last slot lies whatever follows, if anything does. 0 if all of it is
   * the CTA's own.
   */
  public int bytesReadBehindTheEnd(int rowBytes) {
    int lastSlot = a.end() - a.stride();
    return Math.max(0, lastSlot + WgmmaAtom.M * rowBytes - partials.end());
  }
}
