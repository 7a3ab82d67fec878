package dev.deepgemm.emulator.internal.machine;

import org.jspecify.annotations.Nullable;

/** An instruction that four consecutive warps execute together. */
public abstract class WarpgroupOp extends Op {
  @Override
  public final Together together() {
    return Together.FULL_WARP;
  }

  @Override
  public final int execute(Warp warp, LaneGroup group, int mask) {
    return warp.cta().warpgroup(warp.index()).arrive(warp, this) ? NEXT : BLOCK;
  }

  /**
   * Does the work of all four warps, when all have arrived.
   *
   * @return false if it cannot yet
   */
  public abstract boolean perform(Cta cta, Warp[] warps);

  /** What all four wait for when {@link #perform} answered false; null if it never does. */
  public @Nullable String waitsForMore(Cta cta) {
    return null;
  }

  @Override
  public String waitsFor(Warp warp, LaneGroup group) {
    WarpgroupStep step = warp.cta().warpgroup(warp.index());
    String more = step.complete() ? waitsForMore(warp.cta()) : null;
    return more != null ? more : step.toString();
  }
}
