package dev.deepgemm.kernels.work;

import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import java.util.function.Consumer;

/**
 * The steps along k that one slice of math warpgroups takes: all of them, or every second, third or
 * fourth.
 *
 * <p>Turns go by the slots of the pipeline, which run on from tile to tile, and not by k: a tile whose
 * number of steps is not a multiple of the number of slices leaves the next tile's first step to
 * another slice.
 */
public final class KLoop {
  private final Code code;
  private final U32 kBlocks;
  private final int slices;
  private final boolean mayBeEmpty;
  private final U32Var first;
  private final U32 step;

  /** The steps of this thread's slice. */
  public KLoop(Code code, MathThreads threads, KRange range) {
    this.code = code;
    this.kBlocks = range.count();
    this.mayBeEmpty = threads.shape().kSlices() > 1 || range.mayBeEmpty();
    this.slices = threads.shape().kSlices();
    this.first = code.var(threads.kSlice());
    this.step = code.u32(slices);
  }

  /** The CTA's steps of a tile, all slices together. */
  public U32 kBlocks() {
    return kBlocks;
  }

  /** Whether a slice can be without a step in a tile. */
  public boolean mayBeEmpty() {
    return mayBeEmpty;
  }

  /** How far apart the steps of one slice are. */
  public int stride() {
    return slices;
  }

  /** The slice's first step in the tile; it may be behind the last. */
  public U32 first() {
    return first;
  }

  /** Runs the body for every step of this slice in one tile. */
  public void forEach(Consumer<U32> body) {
    finish(code.loop(first, kBlocks, step, body));
  }

  /**
   * Runs a body that takes two steps, for every two steps of this slice behind its first.
   *
   * @return the step that is left, or one behind the last if none is
   */
  public U32 forEachPair(Runnable body) {
    U32 second = code.add(first, slices);
    // The loop ends where a pair would reach behind the last step.
    Pred pairs = code.setp(Cmp.LT, code.add(second, slices), kBlocks);
    U32Var left = code.var(second);
    code.when(
        pairs,
        () -> {
          U32 limit = code.sub(kBlocks, slices);
          code.set(left, code.loop(second, limit, code.u32(2 * slices), step -> body.run()));
        });
    U32Var behind = code.u32Var();
    code.choose(
        code.setp(Cmp.LT, left, kBlocks),
        () -> code.set(behind, code.add(left, slices)),
        () -> code.set(behind, left));
    finish(behind);
    return left;
  }

  /** The slice has no step in this tile. */
  public void skip() {
    finish(first);
  }

  private void finish(U32 behind) {
    if (slices > 1) {
      code.set(first, code.sub(behind, kBlocks));
    }
  }
}
