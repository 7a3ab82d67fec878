package dev.deepgemm.kernels;

import dev.deepgemm.kernels.epilogue.WarpEpilogue;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Param;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a kernel, in the order in which {@link LaunchPlanner} passes them. Sizes are
 * counted in tiles, because TMA clips at the edges; m and n themselves are only for what goes past TMA:
 * hints, and small tiles of D ({@link WarpEpilogue}).
 *
 * @param mapA tensor map of A
 * @param mapB tensor map of B
 * @param mapD tensor map of D
 * @param mBlocks tiles along m
 * @param nBlocks tiles along n
 * @param kBlocks pipeline steps along k
 * @param bandWidth tiles (pairs of tiles in a cluster) per band of the tile order
 * @param tiles how many tiles (pairs) there are in all
 * @param a A as plain memory
 * @param b B as plain memory
 * @param early what is done before the previous grid has ended
 * @param scales what only scaled kernels have
 * @param d D as plain memory; what only kernels have whose warps store it themselves
 */
public record KernelParams(
    Param.Map mapA,
    Param.Map mapB,
    Param.Map mapD,
    Param.Int mBlocks,
    Param.Int nBlocks,
    Param.Int kBlocks,
    Param.Int bandWidth,
    Param.Int tiles,
    Rows a,
    Rows b,
    Early early,
    @Nullable Scales scales,
    @Nullable Store d) {

  /** What strides are counted in, in bytes; TMA demands multiples of it. */
  public static final int STRIDE_UNIT = 16;

  /**
   * An operand as plain memory. D has as many rows as A and as many columns as B has rows.
   *
   * @param address of its first element
   * @param stride16 from one row to the next, in {@value #STRIDE_UNIT} bytes
   * @param rows how many rows exist
   */
  public record Rows(Param.Address address, Param.Int stride16, Param.Int rows) {}

  /**
   * What a CTA does before the previous grid has ended.
   *
   * @param stepsOfB steps of its first tile of B that it fetches, at most the stages of the pipeline; 0 where B
   *     may not be read so early
   * @param linesOfB lines of the first steps of B that it asks the cache for
   * @param linesOfA lines of A that it asks the cache for
   */
  public record Early(Param.Int stepsOfB, Param.Int linesOfB, Param.Int linesOfA) {}

  /**
   * D as plain memory.
   *
   * @param address of its first element
   * @param stride16 from one row to the next, in {@value #STRIDE_UNIT} bytes
   */
  public record Store(Param.Address address, Param.Int stride16) {}

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
  public record Scales(
      Param.Map mapSfa,
      Param.Int sfaAcross,
      Param.Int sfaDown,
      Param.Address sfb,
      Param.Int sfbStride,
      Param.Int sfbRows) {}

  public static KernelParams declare(KernelBuilder kernel, boolean scaled, boolean storedByWarps) {
    return new KernelParams(
        kernel.map("map_a"),
        kernel.map("map_b"),
        kernel.map("map_d"),
        kernel.integer("m_blocks"),
        kernel.integer("n_blocks"),
        kernel.integer("k_blocks"),
        kernel.integer("group_size"),
        kernel.integer("tiles"),
        rows(kernel, "a"),
        rows(kernel, "b"),
        new Early(
            kernel.integer("early_steps_of_b"),
            kernel.integer("early_lines_of_b"),
            kernel.integer("early_lines_of_a")),
        scaled
            ? new Scales(
                kernel.map("map_sfa"),
                kernel.integer("sfa_across"),
                kernel.integer("sfa_down"),
                kernel.address("sfb"),
                kernel.integer("sfb_stride"),
                kernel.integer("sfb_rows"))
            : null,
        storedByWarps ? new Store(kernel.address("d"), kernel.integer("d_stride16")) : null);
  }

  private static Rows rows(KernelBuilder kernel, String name) {
    return new Rows(
        kernel.address(name), kernel.integer(name + "_stride16"), kernel.integer(name + "_rows"));
  }
}
