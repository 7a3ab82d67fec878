package dev.deepgemm.kernels.scale;

import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.wgmma.Accumulator;
import java.util.List;

/**
 * What a thread adds to its FP32 sums after each block of k: the product of the block, times a scale of its row
 * and a scale of its column.
 */
public interface Promotion {
  /** Asks memory for what a tile begins with and no slot brings. */
  void prefetch(TileScheduler.Place place);

  /** Begins a tile. The last tile's steps must be behind. */
  void begin(TileScheduler.Place place);

  /** Sets the sums to zero. */
  void zeroSums();

  /** The sums, by slab. */
  List<List<F32Var>> sums();

  /**
   * Emitted before a slot is released, behind the last read of it: what reads by {@code ld.shared} owe to the TMA
   * that refills it. Nothing where they are over before the product is, which needs the whole warpgroup.
   */
  void beforeRelease();

  /**
   * The scales of a step.
   *
   * @param kept whether they have to outlive the next step: then they are copied into registers of their own
   */
  StepScales step(boolean kept);

  /** The scales of one step at a time, in the order in which a loop goes about it. */
  interface StepScales {
    /**
     * Takes what no slot brings, while the slot is not there yet.
     *
     * @param mayBegin false if it is known to be no even step of the tile, counted from 0: one comparison less
     */
    void beforeSlot(boolean mayBegin);

    /** Takes the scales of a slab from a slot that has been filled. */
    void inSlot(Pipeline.Filled filled, int slab);

    /** Whether {@link #add} still reads the slot, which may be released only then. */
    boolean readsSlotWhileAdding();

    /** Adds a slab's product to its sums. */
    void add(int slab, Accumulator product);
  }
}
