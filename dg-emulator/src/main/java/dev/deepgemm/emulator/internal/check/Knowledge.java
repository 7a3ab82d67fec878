package dev.deepgemm.emulator.internal.check;

/**
 * What somebody knows of the warps of a cluster: for each, up to which moment its writes are known to
 * have happened. Warps carry it, barriers pass it on; a write that a reader does not know of is a
 * race, whatever order the emulator happened to run things in.
 *
 * <p>This is a vector clock per warp. Lanes of a warp are not told apart, and a barrier never forgets,
 * so that some races are missed; none is invented.
 */
public final class Knowledge {
  private final int[] moments;
  private boolean previousGridEnded;

  public Knowledge(int warps) {
    moments = new int[warps];
  }

  public void learn(Knowledge other) {
    for (int i = 0; i < moments.length; i++) {
      moments[i] = Math.max(moments[i], other.moments[i]);
    }
    previousGridEnded |= other.previousGridEnded;
  }

  /** The owner has waited for the grids that this one depends on, or has heard of somebody who has. */
  public boolean previousGridEnded() {
    return previousGridEnded;
  }

  public void learnThatPreviousGridEnded() {
    previousGridEnded = true;
  }

  /** The owner itself has got to that moment. */
  public void advance(int warp, int now) {
    moments[warp] = now;
  }

  public boolean includes(int warp, int moment) {
    return moments[warp] >= moment;
  }
}
