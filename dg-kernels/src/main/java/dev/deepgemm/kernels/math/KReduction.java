package dev.deepgemm.kernels.math;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32Var;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.sync.NamedBarrier;
import java.util.List;

/**
 * Adds the sums of the slices that took turns along k, in the order of the slices: the result does not
 * depend on which of them was faster. {@link SumExchange} says how they lie in between.
 */
public final class KReduction {
  private final Code code;
  private final KernelSpec spec;
  private final MathThreads threads;
  private final SumExchange exchange;
  private final SmemAddress partials;
  private final NamedBarrier meeting;

  /** The role of a math warp. */
  public KReduction(Cta cta, MathThreads threads) {
    this.code = cta.code();
    this.spec = cta.spec();
    this.threads = threads;
    this.exchange = new SumExchange(code, threads);
    this.partials = cta.smem().partials().at(code, cta.base());
    this.meeting = cta.barriers().slices().inRegister(code);
  }

  /** Adds up, then runs the body in the first slice. */
  public void emit(List<List<F32Var>> sums, Runnable inFirstGroup) {
    WarpgroupShape shape = threads.shape();
    if (shape.kSlices() == 1) {
      inFirstGroup.run();
      return;
    }
    code.section("math: sums of the slices along k");
    int sumBytes = shape.sumBytes(spec.tile().n());
    Pred isFirst = code.setp(Cmp.EQ, threads.kSlice(), 0);
    // The first slice has read what was handed over for the last tile.
    meeting.sync(code);
    code.when(
        code.setp(Cmp.NE, threads.kSlice(), 0),
        () -> {
          U32 behindFirst = code.sub(threads.kSlice(), 1);
          exchange.write(sums, code.mad(behindFirst, sumBytes, partials));
        });
    meeting.sync(code);
    code.when(
        isFirst,
        () -> {
          exchange.add(sums, partials, shape.kSlices() - 1, sumBytes);
          inFirstGroup.run();
        });
  }
}
