package dev.deepgemm.kernels.warpgroup;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.kernels.math.KReduction;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.wgmma.WgmmaAtom;

/**
 * How the math warpgroups of a CTA divide a tile.
 *
 * <p>First by rows: a tile is cut into slabs of 64 rows, one wgmma each, and tiles above 64 rows
 * occupy two warpgroups. With 256 rows each of the two has two slabs, one below the other. A tile of
 * 16 or 32 rows is one slab of which only the first rows count: wgmma reads 64 rows whatever the
 * tile, the rest is whatever lies behind the tile in shared memory, and its results are never stored.
 *
 * <p>Then along k: with more warpgroups than that, slices of them take the pipeline's slots in turns,
 * and hand their sums to the first slice at the end of a tile ({@link KReduction}). This is for few
 * rows: a step of wgmma, wait and promotion is then a chain of latencies, and several chains side by
 * side consume what one cannot.
 *
 * @param rowWarpgroups warpgroups side by side along m: 1 or 2
 * @param kSlices sets of warpgroups that take turns along k: 1 to 4
 * @param slabs slabs per warpgroup
 * @param slabRows rows of a slab that count
 */
public record WarpgroupShape(int rowWarpgroups, int kSlices, int slabs, int slabRows) {
  /** Threads of a warpgroup. */
  public static final int WARPGROUP = 128;

  /** Threads of a warp. */
  public static final int WARP = 32;

  /** Most slices along k that a CTA is divided into. */
  public static final int MAX_K_SLICES = 4;

  private static final int REGISTER_FILE = 65_536;
  private static final int PRODUCER_REGISTERS = 40;
  private static final int MAX_REGISTERS = 248;

  /** What a math thread needs besides accumulators: addresses, scales, loop state. */
  private static final int OTHER_REGISTERS = 36;

  /** What a wgmma needs besides its accumulators. */
  private static final int INSTRUCTION_REGISTERS = 26;

  /** That of a kernel. */
  public static WarpgroupShape of(KernelSpec spec) {
    return of(spec.tile(), spec.threads().of(ThreadRoles.MATH));
  }

  /** That of so many threads that multiply a tile. */
  public static WarpgroupShape of(Tile tile, int mathThreads) {
    int rowWarpgroups = tile.m() <= WgmmaAtom.M ? 1 : 2;
    int slabRows = Math.min(tile.m(), WgmmaAtom.M);
    int kSlices = mathThreads / (WARPGROUP * rowWarpgroups);
    return new WarpgroupShape(
        rowWarpgroups, kSlices, tile.m() / (rowWarpgroups * slabRows), slabRows);
  }

  /** Math threads that read one slot. */
  public int threadsPerSlice() {
    return rowWarpgroups * WARPGROUP;
  }

  /** Math threads of the CTA. */
  int mathThreads() {
    return kSlices * threadsPerSlice();
  }

  /** Threads of a slice whose rows count. */
  public int threadsWithRows() {
    return rowWarpgroups * Fragment.threads(slabRows);
  }

  /** Bytes of the sums of so many columns. */
  public int sumBytes(int columns) {
    return slabs * Fragment.registers(columns) * threadsWithRows() * Float.BYTES;
  }

  /** Bytes of the sums that slices hand over. */
  public int partialBytes(Tile tile) {
    return (kSlices - 1) * sumBytes(tile.n());
  }

  /** Registers that the producer keeps. */
  public static int producerRegisters() {
    return PRODUCER_REGISTERS;
  }

  /** Registers per thread that the launch gives, the same to all, a multiple of 8. */
  int launchRegisters() {
    int threads = WARPGROUP + mathThreads();
    return Math.min(MAX_REGISTERS, REGISTER_FILE / threads / 8 * 8);
  }

  /**
   * Registers per math thread: what the producer gives back is shared out. With 384 threads the
   * launch gives 168, and 128 x 40 + 256 x 232 = 384 x 168.
   */
  public int mathRegisters() {
    int threads = WARPGROUP + mathThreads();
    int left = launchRegisters() * threads - WARPGROUP * PRODUCER_REGISTERS;
    return Math.min(MAX_REGISTERS, left / mathThreads() / 8 * 8);
  }

  /**
   * Whether the tile fits the registers. Assemblers allocate one instruction's registers within what
   * the launch gives (ptxas 13.0: "insufficient registers (128)", 130 needed, for n = 208), and the
   * whole of a thread's within what setmaxnreg gives it.
   */
  public boolean fitsRegisters(Tile tile, boolean scaled) {
    return Fragment.registers(tile.n()) + INSTRUCTION_REGISTERS <= launchRegisters()
        && neededRegisters(tile, scaled) <= mathRegisters();
  }

  /**
   * Whether the registers bear a second product beside the sums of a slab.
   *
   * @param scaleRegisters what its scales take
   */
  public boolean fitsSecondProduct(Tile tile, int scaleRegisters) {
    int perSlab = Fragment.registers(tile.n());
    return 3 * perSlab + OTHER_REGISTERS + scaleRegisters <= mathRegisters();
  }

  /** Registers per math thread that the accumulators and the rest need. */
  int neededRegisters(Tile tile, boolean scaled) {
    int perSlab = Fragment.registers(tile.n());
    return perSlab * (scaled ? slabs + 1 : slabs) + OTHER_REGISTERS;
  }
}
