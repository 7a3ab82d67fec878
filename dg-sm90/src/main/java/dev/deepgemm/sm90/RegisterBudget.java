package dev.deepgemm.sm90;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Tile;

/**
 * The registers of a CTA: how many each thread is launched with, and what is left for the math
 * warpgroups once the producer has given back what it does not need ({@code setmaxnreg}).
 *
 * <p>A CTA has the whole register file of its SM, or half of it where two CTAs are to fit ({@link
 * Residency}). With 384 threads alone on an SM the launch gives 168 each, and 128 x 40 + 256 x 232 = 384
 * x 168; with 256 threads and half of the file it is 128, and 128 x 24 + 128 x 232.
 *
 * @param mathThreads math threads of the CTA
 * @param ctasPerSm how many CTAs share the file
 */
record RegisterBudget(int mathThreads, int ctasPerSm) {
  private static final int FILE = 65_536;
  private static final int MOST = 248;

  /** What a math thread needs besides accumulators: addresses, scales, loop state. */
  private static final int OTHER = 36;

  /** What two products that meet two blocks of B's scales need more. */
  private static final int STRADDLE = 8;

  /** What a wgmma needs besides its accumulators. */
  private static final int INSTRUCTION = 26;

  static RegisterBudget of(KernelSpec spec) {
    return new RegisterBudget(spec.threads().math(), Residency.ctasPerSm(spec));
  }

  /** Registers per thread that the launch gives, the same to all, a multiple of 8. */
  int launch() {
    return Math.min(MOST, FILE / ctasPerSm / threads() / 8 * 8);
  }

  /** Registers per thread that the producer's warpgroup keeps. */
  int producer() {
    return ctasPerSm == 1 ? 40 : 24;
  }

  /** Registers per math thread: what the producer gives back is shared out. */
  int math() {
    int left = launch() * threads() - WarpgroupShape.WARPGROUP * producer();
    return Math.min(MOST, left / mathThreads / 8 * 8);
  }

  /**
   * Whether a tile fits. Assemblers allocate one instruction's registers within what the launch gives
   * (ptxas 13.0: "insufficient registers (128)", 130 needed, for n = 208), and the whole of a thread's
   * within what setmaxnreg gives it.
   */
  boolean fits(Tile tile, boolean scaled) {
    int perSlab = tile.n() / 2;
    int slabs = WarpgroupShape.of(tile, mathThreads).slabs();
    int needed = perSlab * (scaled ? slabs + 1 : slabs) + OTHER;
    return perSlab + INSTRUCTION <= launch() && needed <= math();
  }

  /** Whether a second product of a slab fits beside the sums and the first one. */
  boolean fitsSecondProduct(Tile tile, boolean straddles) {
    int scales = straddles ? STRADDLE : 0;
    return 3 * tile.n() / 2 + OTHER + scales <= math();
  }

  private int threads() {
    return WarpgroupShape.WARPGROUP + mathThreads;
  }
}
