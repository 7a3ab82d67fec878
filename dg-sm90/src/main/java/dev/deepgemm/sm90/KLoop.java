package dev.deepgemm.sm90;

import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.U32;
import java.util.function.Consumer;

/**
 * The steps along k that one group of math warpgroups takes: all of them, or every second, third or
 * fourth.
 *
 * <p>Turns go by the slots of the pipeline, which run on from tile to tile, and not by k: a tile whose
 * number of steps is not a multiple of the number of groups leaves the next tile's first step to
 * another group.
 */
final class KLoop {
  private final Code code;
  private final U32 kBlocks;
  private final int groups;
  private final boolean mayBeEmpty;
  private final U32 first;
  private final U32 step;

  KLoop(Code code, MathThreads threads, KRange range) {
    this.code = code;
    this.kBlocks = range.count();
    this.mayBeEmpty = threads.shape().kGroups() > 1 || range.mayBeEmpty();
    this.groups = threads.shape().kGroups();
    this.first = code.var(threads.kGroup());
    this.step = code.u32(groups);
  }

  /** The CTA's steps of a tile, all groups together. */
  U32 kBlocks() {
    return kBlocks;
  }

  /** Whether a group can be without a step in a tile. */
  boolean mayBeEmpty() {
    return mayBeEmpty;
  }

  /** How far apart the steps of one group are. */
  int stride() {
    return groups;
  }

  /** The group's first step in the tile; it may be behind the last. */
  U32 first() {
    return first;
  }

  /** Runs the body for every step of this group in one tile. */
  void forEach(Consumer<U32> body) {
    finish(code.loop(first, kBlocks, step, body));
  }

  /**
   * Runs a body that takes two steps, for every two steps of this group behind its first.
   *
   * @return the step that is left, or one behind the last if none is
   */
  U32 forEachPair(Runnable body) {
    U32 second = code.add(first, groups);
    // The loop ends where a pair would reach behind the last step.
    Pred pairs = code.setp(Cmp.LT, code.add(second, groups), kBlocks);
    U32 left = code.var(second);
    code.when(
        pairs,
        () -> {
          U32 limit = code.sub(kBlocks, groups);
          code.set(left, code.loop(second, limit, code.u32(2 * groups), step -> body.run()));
        });
    U32 behind = code.newU32();
    code.choose(
        code.setp(Cmp.LT, left, kBlocks),
        () -> code.set(behind, code.add(left, groups)),
        () -> code.set(behind, left));
    finish(behind);
    return left;
  }

  /** The group has no step in this tile. */
  void skip() {
    finish(first);
  }

  private void finish(U32 behind) {
    if (groups > 1) {
      code.set(first, code.sub(behind, kBlocks));
    }
  }
}
