package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Knowledge;
import dev.deepgemm.emulator.internal.check.Text;

/** The barrier of a cluster: every thread that has not exited arrives, then waits. */
public final class ClusterBarrier {
  private int expected;
  private int arrived;
  private long generation;
  private final Knowledge knowledge;

  ClusterBarrier(int threads, int warps) {
    this.expected = threads;
    this.knowledge = new Knowledge(warps);
  }

  public Knowledge knowledge() {
    return knowledge;
  }

  public long generation() {
    return generation;
  }

  /** Whether a thread with that token has arrived in the current generation. */
  boolean arrivedAt(long token) {
    return token == generation + 1;
  }

  /** A thread arrives; the token to wait with. */
  public long arrive() {
    long token = generation + 1;
    arrived++;
    completeIfDone();
    return token;
  }

  /**
   * Threads exited.
   *
   * @param threads how many
   * @param notArrived how many of them had not arrived in this generation
   */
  void exited(int threads, int notArrived) {
    expected -= threads;
    arrived -= threads - notArrived;
    if (arrived > 0) {
      completeIfDone();
    }
  }

  private void completeIfDone() {
    if (arrived == expected) {
      arrived = 0;
      generation++;
    }
  }

  @Override
  public String toString() {
    return Text.format("the cluster barrier (%d of %d threads arrived)", arrived, expected);
  }
}
