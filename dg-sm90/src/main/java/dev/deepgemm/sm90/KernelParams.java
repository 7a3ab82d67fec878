package dev.deepgemm.sm90;

import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Param;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a kernel, in the order in which {@link LaunchPlanner} passes them. Sizes are
 * counted in tiles: a kernel never needs m, n or k themselves, because TMA clips at the edges.
 *
 * @param mapA tensor map of A
 * @param mapB tensor map of B
 * @param mapD tensor map of D
 * @param mBlocks tiles along m
 * @param nBlocks tiles along n
 * @param kBlocks pipeline steps along k
 * @param groupSize tiles (pairs of tiles in a cluster) per group of the tile order
 * @param tiles how many tiles (pairs) there are in all
 * @param earlyB what is done about B before the previous grid has ended
 * @param scales what only scaled kernels have
 * @param d D as plain memory; what only kernels have whose warps store it themselves
 */
record KernelParams(
    Param.Map mapA,
    Param.Map mapB,
    Param.Map mapD,
    Param.Int mBlocks,
    Param.Int nBlocks,
    Param.Int kBlocks,
    Param.Int groupSize,
    Param.Int tiles,
    EarlyB earlyB,
    @Nullable Scales scales,
    @Nullable Rows d) {

  /** What strides of B are counted in, in bytes; TMA demands multiples of it. */
  static final int STRIDE_UNIT = 16;

  /**
   * B as plain memory, and whether it may be read early.
   *
   * @param address of B
   * @param stride16 from one row of B to the next, in {@value #STRIDE_UNIT} bytes; only hints use it
   * @param rows rows of B
   * @param steps steps of the first tile that are fetched before the previous grid has ended, at most the
   *     stages of the pipeline; 0 where B may not be read so early
   * @param lines how many lines of the first steps a CTA asks the cache for before the previous grid has
   *     ended
   */
  record EarlyB(
      Param.Address address,
      Param.Int stride16,
      Param.Int rows,
      Param.Int steps,
      Param.Int lines) {}

  /**
   * A matrix as plain memory.
   *
   * @param address of its first element
   * @param stride16 from one row to the next, in {@value #STRIDE_UNIT} bytes
   * @param rows how many rows exist
   * @param columns how many columns exist
   */
  record Rows(Param.Address address, Param.Int stride16, Param.Int rows, Param.Int columns) {}

  /**
   * Parameters of scaled kernels.
   *
   * @param mapSfa tensor map of A's scales
   * @param sfaAcross how far a step along k goes along the map's first dimension
   * @param sfaDown how far it goes along the second one
   * @param sfb address of B's scales
   * @param sfbStride floats from one row of B's scales to the next
   * @param sfbRows rows of B's scales
   */
  record Scales(
      Param.Map mapSfa,
      Param.Int sfaAcross,
      Param.Int sfaDown,
      Param.Address sfb,
      Param.Int sfbStride,
      Param.Int sfbRows) {}

  static KernelParams declare(KernelBuilder kernel, boolean scaled, boolean storedByWarps) {
    return new KernelParams(
        kernel.map("map_a"),
        kernel.map("map_b"),
        kernel.map("map_d"),
        kernel.integer("m_blocks"),
        kernel.integer("n_blocks"),
        kernel.integer("k_blocks"),
        kernel.integer("group_size"),
        kernel.integer("tiles"),
        new EarlyB(
            kernel.address("b"),
            kernel.integer("b_stride16"),
            kernel.integer("b_rows"),
            kernel.integer("b_early_steps"),
            kernel.integer("b_early_lines")),
        scaled
            ? new Scales(
                kernel.map("map_sfa"),
                kernel.integer("sfa_across"),
                kernel.integer("sfa_down"),
                kernel.address("sfb"),
                kernel.integer("sfb_stride"),
                kernel.integer("sfb_rows"))
            : null,
        storedByWarps
            ? new Rows(
                kernel.address("d"),
                kernel.integer("d_stride16"),
                kernel.integer("d_rows"),
                kernel.integer("d_columns"))
            : null);
  }
}
