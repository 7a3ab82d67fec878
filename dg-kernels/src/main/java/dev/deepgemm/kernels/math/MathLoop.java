package dev.deepgemm.kernels.math;

import dev.deepgemm.kernels.work.TileScheduler;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.sync.Pipeline;
import java.util.List;

/** The main loop of a math warpgroup: one tile of D, summed over k. */
public interface MathLoop {
  /**
   * Asks for what a tile begins with and no slot brings. To be called when the last tile's loop is over and
   * before its sums are stored: the latency is hidden behind that.
   */
  void prepare(TileScheduler.Place place);

  /**
   * Emits the loop over k for the tile that was prepared.
   *
   * @return for each slab the FP32 sums, in the fragment layout of {@link
   *     dev.deepgemm.ptx.wgmma.Accumulator}; nothing is in flight any more
   */
  List<List<F32Var>> emit(Pipeline.ConsumerCursor ring);
}
