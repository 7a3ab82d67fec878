package dev.deepgemm.sm90;

import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.hopper.Pipeline;
import java.util.List;

/** The main loop of a math warpgroup: one tile of D, summed over k. */
interface MathLoop {
  /**
   * Emits the loop over k for one tile.
   *
   * @return for each slab the FP32 sums, in the fragment layout of {@link
   *     dev.deepgemm.ptx.hopper.Accumulator}; nothing is in flight any more
   */
  List<List<F32>> emit(TileOrder.Place place, Pipeline.ConsumerCursor cursor);
}
