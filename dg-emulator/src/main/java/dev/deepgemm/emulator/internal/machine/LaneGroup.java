package dev.deepgemm.emulator.internal.machine;

/**
 * Lanes of one warp that are at the same instruction. A warp has one group while it has not
 * diverged; a divergent branch makes two, and groups that meet become one again.
 */
public final class LaneGroup {
  public int mask;
  int pc;

  /**
   * Value of the cluster's progress counter at which the group found that it had to wait; or -1.
   */
  long blockedAt = -1;

  /** Whether the group spins and others should have their turn first. */
  boolean yielded;

  /**
   * Not 0 while the group has arrived at a barrier and waits for it: the barrier's generation at
   * the arrival, plus one.
   */
  public long token;

  LaneGroup(int mask, int pc) {
    this.mask = mask;
    this.pc = pc;
  }

  boolean runnable(long progress) {
    return blockedAt != progress;
  }
}
