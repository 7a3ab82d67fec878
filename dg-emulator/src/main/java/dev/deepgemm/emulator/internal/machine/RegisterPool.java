package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Text;

/**
 * The registers of one CTA, as {@code setmaxnreg} moves them between warps.
 *
 * <p>How many a thread starts with is the assembler's decision, which PTX does not show. Assumed is
 * the most that fits: 65,536, or a CTA's share of them where {@code .minnctapersm} wants several on an
 * SM, over the threads, rounded down to a multiple of 8, at most 256. So a kernel that raises more than
 * it lowered deadlocks here as it does on the hardware.
 */
public final class RegisterPool {
  private static final int FILE = 65_536;

  private final int all;
  private final int perThread;
  private int free;

  RegisterPool(int threads, int ctasPerSm) {
    all = FILE / ctasPerSm;
    perThread = Math.min(256, all / threads / 8 * 8);
    free = all - perThread * threads;
  }

  int perThread() {
    return perThread;
  }

  public void give(int registers) {
    free += registers;
  }

  public boolean take(int registers) {
    if (registers > free) {
      return false;
    }
    free -= registers;
    return true;
  }

  @Override
  public String toString() {
    return Text.format("%,d of %,d registers free", free, all);
  }
}
