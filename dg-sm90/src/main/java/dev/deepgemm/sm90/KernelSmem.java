package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.ptx.hopper.Mbarrier;
import dev.deepgemm.ptx.hopper.SmemLayout;
import dev.deepgemm.ptx.hopper.SmemRegion;
import dev.deepgemm.ptx.hopper.WgmmaAtom;

/**
 * Where the parts of {@link Sm90SmemLayout} lie in a kernel.
 *
 * <p>The output tile comes first and the operands follow, so that every swizzled region starts at a
 * multiple of 1,024 bytes: swizzling is a function of address bits. What depends on k comes last
 * and moves nothing, so offsets are constants of the kernel although its shared memory is not.
 *
 * @param d staged output tile
 * @param a tiles of A
 * @param b tiles of B
 * @param sfa scales of A, one float per row; no bytes without scaling
 * @param full barriers that complete when a slot is filled
 * @param empty barriers that complete when a slot is released
 * @param clusterBarriers two barriers of clusters that split k
 * @param partials sums that groups along k hand over; no bytes if there is one group
 * @param inboxes sums of the other CTAs of a cluster that splits k; no bytes without
 */
record KernelSmem(
    SmemRegion d,
    SmemRegion a,
    SmemRegion b,
    SmemRegion sfa,
    SmemRegion full,
    SmemRegion empty,
    SmemRegion clusterBarriers,
    SmemRegion partials,
    SmemRegion inboxes) {
  private static final int SWIZZLE_PERIOD = 1024;
  private static final int TMA_ALIGNMENT = 128;
  private static final int BULK_ALIGNMENT = 16;

  static KernelSmem of(KernelSpec spec) {
    Sm90SmemLayout sizes = Sm90SmemLayout.of(spec, spec.tile().k());
    SmemUsage usage = sizes.usage();
    int stages = spec.stages();
    SmemLayout layout = new SmemLayout();
    KernelSmem smem =
        new KernelSmem(
            layout.region("D", usage.d(), 1, SWIZZLE_PERIOD),
            layout.region("A", usage.aPerStage(), stages, SWIZZLE_PERIOD),
            layout.region("B", usage.bPerStage(), stages, SWIZZLE_PERIOD),
            layout.region("scales of A", usage.sfaPerStage(), stages, TMA_ALIGNMENT),
            layout.region("full barriers", Mbarrier.BYTES, stages, Mbarrier.BYTES),
            layout.region("empty barriers", Mbarrier.BYTES, stages, Mbarrier.BYTES),
            layout.region(
                "barriers of the cluster", sizes.clusterBarrierBytes(), 1, Mbarrier.BYTES),
            layout.region("partial sums", sizes.partialBytes(), 1, BULK_ALIGNMENT),
            layout.region("sums of other CTAs", sizes.inboxBytes(), 1, BULK_ALIGNMENT));
    if (layout.bytes() + usage.extraSfb() != usage.total(stages)) {
      throw new IllegalStateException(
          "the kernel uses "
              + layout.bytes()
              + " bytes of shared memory, the configuration promised "
              + (usage.total(stages) - usage.extraSfb())
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
  int bytesReadBehindTheEnd(int rowBytes) {
    int lastSlot = a.end() - a.stride();
    return Math.max(0, lastSlot + WgmmaAtom.M * rowBytes - inboxes.end());
  }
}
