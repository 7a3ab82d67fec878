package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.Knowledge;
import dev.deepgemm.emulator.internal.check.Text;

/** One of the 16 barriers of a CTA. */
public final class NamedBarrier {
  private final int index;
  private final Knowledge knowledge;
  private int expected;
  private int arrived;
  private long generation;
  private boolean everybody;

  NamedBarrier(int index, int warps) {
    this.index = index;
    this.knowledge = new Knowledge(warps);
  }

  public Knowledge knowledge() {
    return knowledge;
  }

  public long generation() {
    return generation;
  }

  /**
   * Threads arrive.
   *
   * @param threads how many
   * @param count how many the instruction says will arrive in all
   * @param everybody whether it said nothing, which means all threads of the CTA that have not
   *     exited
   * @return the generation in which they arrived
   */
  public long arrive(int threads, int count, boolean everybody) {
    if (!everybody && (count <= 0 || count % 32 != 0)) {
      throw new Fault(
          "DG-EMU-33", "barrier %d with a count of %d; legal: multiples of 32", index, count);
    }
    if (arrived > 0 && count != expected) {
      throw new Fault(
          "DG-EMU-33",
          "barrier %d with a count of %d, while %d threads have arrived that said %d",
          index,
          count,
          arrived,
          expected);
    }
    expected = count;
    this.everybody = everybody;
    arrived += threads;
    if (arrived > expected) {
      throw new Fault(
          "DG-EMU-31",
          "barrier %d: %d threads arrived, %d were expected",
          index,
          arrived,
          expected);
    }
    long now = generation;
    if (arrived == expected) {
      complete();
    }
    return now;
  }

  /** Threads exited: who waits for everybody waits for fewer. */
  void exited(int threads) {
    if (everybody && arrived > 0) {
      expected -= threads;
      if (arrived == expected) {
        complete();
      }
    }
  }

  private void complete() {
    arrived = 0;
    generation++;
  }

  @Override
  public String toString() {
    return Text.format("barrier %d (%d of %d threads arrived)", index, arrived, expected);
  }
}
