package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.machine.WgmmaQueue;
import dev.deepgemm.emulator.internal.memory.SharedReader;
import org.jspecify.annotations.Nullable;

/**
 * A wgmma in flight. Its result is computed when it is issued, and hidden: until a warp has waited
 * for it, that warp's fragments must not be touched, and until all four have, the shared memory
 * that it reads must not change. Where it does change, the rows of A or columns of B that it hit
 * become undefined in the accumulator, as on the hardware nobody could tell which bytes were read.
 */
final class WgmmaRead implements SharedReader, WgmmaQueue.InFlight {
  private final Cta cta;
  private final Warp[] warps;
  private final int line;
  private final int[] accumulator;
  private final int[] fragmentA;
  private final @Nullable SharedTile a;
  private final SharedTile b;
  private int waiting = 4;

  WgmmaRead(
      Cta cta,
      Warp[] warps,
      int line,
      int[] accumulator,
      int[] fragmentA,
      @Nullable SharedTile a,
      SharedTile b) {
    this.cta = cta;
    this.warps = warps;
    this.line = line;
    this.accumulator = accumulator;
    this.fragmentA = fragmentA;
    this.a = a;
    this.b = b;
  }

  void issue() {
    for (Warp warp : warps) {
      count(warp, accumulator, 1);
      count(warp, fragmentA, 1);
      warp.wgmma().add(this);
    }
    cta.beginRead(this);
  }

  @Override
  public void retire(Warp warp) {
    count(warp, accumulator, -1);
    count(warp, fragmentA, -1);
    if (--waiting == 0) {
      cta.endRead(this);
    }
  }

  private static void count(Warp warp, int[] registers, int by) {
    for (int register : registers) {
      warp.flight[register] = (short) (warp.flight[register] + by);
    }
  }

  @Override
  public int start() {
    return a == null ? b.start() : Math.min(a.start(), b.start());
  }

  @Override
  public int end() {
    return a == null ? b.end() : Math.max(a.end(), b.end());
  }

  @Override
  public void overwritten(int address, int bytes, int by, boolean copy) {
    PoisonOrigins origins = cta.cluster().origins();
    PoisonOrigins.Cause cause =
        copy ? PoisonOrigins.Cause.OVERWRITTEN_BY_COPY : PoisonOrigins.Cause.OVERWRITTEN_BY_STORE;
    int why = origins.of(cause, by, line);
    if (a != null) {
      boolean[] rows = a.rowsIn(address, bytes);
      for (int row = 0; row < rows.length; row++) {
        if (rows[row]) {
          int origin = origins.of(PoisonOrigins.Cause.WGMMA_A, line, row, why);
          Fragments.poisonRow(warps, accumulator, row, origin);
        }
      }
    }
    boolean[] columns = b.rowsIn(address, bytes);
    for (int column = 0; column < columns.length; column++) {
      if (columns[column]) {
        int origin = origins.of(PoisonOrigins.Cause.WGMMA_B, line, column, why);
        Fragments.poisonColumn(warps, accumulator, column, origin);
      }
    }
  }
}
