package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.Text;
import org.jspecify.annotations.Nullable;

/** Where the four warps of a warpgroup meet for an instruction that they execute together. */
final class WarpgroupStep {
  private final Cta cta;
  private final int index;
  private final @Nullable WarpgroupOp[] waiting = new WarpgroupOp[4];
  private final boolean[] done = new boolean[4];

  WarpgroupStep(Cta cta, int index) {
    this.cta = cta;
    this.index = index;
  }

  /** A warp is at {@code op}; true if the instruction is done and the warp goes on. */
  boolean arrive(Warp warp, WarpgroupOp op) {
    int me = warp.index() & 3;
    if (done[me]) {
      done[me] = false;
      return true;
    }
    if (index * 4 + 4 > cta.warps().length) {
      throw new Fault(
          "DG-EMU-12",
          "warpgroup %d has fewer than four warps: the CTA has %d threads",
          index,
          cta.threads());
    }
    waiting[me] = op;
    if (!complete()) {
      return false;
    }
    for (int i = 0; i < 4; i++) {
      WarpgroupOp other = waiting[i];
      if (other != op && other != null) {
        throw new Fault(
            "DG-EMU-12",
            "the warpgroup has come apart: warp %d is at line %d, %s, and warp %d is here",
            index * 4 + i,
            other.line,
            other.name,
            warp.index());
      }
    }
    Warp[] four = new Warp[4];
    System.arraycopy(cta.warps(), index * 4, four, 0, 4);
    if (!op.perform(cta, four)) {
      return false;
    }
    for (int i = 0; i < 4; i++) {
      waiting[i] = null;
      done[i] = i != me;
    }
    cta.cluster().progressed();
    return true;
  }

  /** Whether all four warps are here. */
  boolean complete() {
    for (WarpgroupOp op : waiting) {
      if (op == null) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    StringBuilder missing = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      if (waiting[i] == null) {
        missing.append(missing.length() == 0 ? "" : ", ").append(index * 4 + i);
      }
    }
    return Text.format("warps %s of warpgroup %d", missing, index);
  }
}
