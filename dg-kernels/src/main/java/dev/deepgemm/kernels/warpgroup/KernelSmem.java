package dev.deepgemm.kernels.warpgroup;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.ptx.smem.SmemLayout;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;

/**
 * Where the parts of a kernel's shared memory lie.
 *
 * <p>The output tile comes first and the operands follow, so that every swizzled region starts at a
 * multiple of 1,024 bytes: swizzling is a function of address bits. What depends on k comes last
 * and moves nothing, so offsets are constants of the kernel although its shared memory is not. The slots
 * of B lie behind those of A without a gap: between two tiles a cluster that splits k uses them as one.
 *
 * @param d staged output tile
 * @param a tiles of A
 * @param b tiles of B
 * @param sfa scales of A, one float per row; no bytes without scaling
 * @param sfb scales of B, one float per column; no bytes where they do not come through slots
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
    SmemRegion sfb,
    SmemRegion full,
    SmemRegion empty,
    SmemRegion clusterBarriers,
    SmemRegion partials) {
  /** The staged output tile. */
  public static final String STAGED_OUTPUT = "staged output";

  /** A stage's tile of A. */
  public static final String TILE_OF_A = "tile of A";

  /** A stage's tile of B. */
  public static final String TILE_OF_B = "tile of B";

  /** A stage's scales of A. */
  public static final String SCALES_OF_A = "scales of A";

  /** A stage's scales of B. */
  public static final String SCALES_OF_B = "scales of B";

  /** A stage's "full" and "empty" barriers. */
  public static final String STAGE_BARRIERS = "barriers of a stage";

  /** Barriers of a cluster that splits k. */
  public static final String CLUSTER_BARRIERS = "barriers of the cluster";

  /** Sums that slices along k hand over. */
  public static final String PARTIAL_SUMS = "partial sums";

  private static final int SWIZZLE_PERIOD = 1024;
  private static final int TMA_ALIGNMENT = 128;

  /**
   * Lays out what a configuration counted.
   *
   * @param usage bytes by part; what it counts besides the parts named here is behind them, and no kernel
   *     touches it
   */
  public static KernelSmem of(KernelSpec spec, SmemUsage usage) {
    int stages = spec.stages();
    SmemLayout layout = new SmemLayout();
    KernelSmem smem =
        new KernelSmem(
            layout.region("D", usage.bytes(STAGED_OUTPUT), 1, SWIZZLE_PERIOD),
            layout.region("A", usage.bytes(TILE_OF_A), stages, SWIZZLE_PERIOD),
            layout.region("B", usage.bytes(TILE_OF_B), stages, SWIZZLE_PERIOD),
            layout.region(SCALES_OF_A, usage.bytes(SCALES_OF_A), stages, TMA_ALIGNMENT),
            layout.region(SCALES_OF_B, usage.bytes(SCALES_OF_B), stages, TMA_ALIGNMENT),
            layout.region("full barriers", Mbarrier.BYTES, stages, Mbarrier.BYTES),
            layout.region("empty barriers", Mbarrier.BYTES, stages, Mbarrier.BYTES),
            layout.region(CLUSTER_BARRIERS, usage.bytes(CLUSTER_BARRIERS), 1, Mbarrier.BYTES),
            layout.region(PARTIAL_SUMS, usage.bytes(PARTIAL_SUMS), 1, Mbarrier.BYTES));
    int barriers = 2 * Mbarrier.BYTES;
    if (usage.bytes(STAGE_BARRIERS) != barriers || layout.bytes() > usage.total(stages)) {
      throw new IllegalStateException(
          "the kernel uses "
              + layout.bytes()
              + " bytes of shared memory, "
              + barriers
              + " per stage for barriers; the configuration promised "
              + usage
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
