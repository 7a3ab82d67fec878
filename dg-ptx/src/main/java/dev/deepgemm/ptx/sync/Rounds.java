package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Tracked;
import dev.deepgemm.ptx.U32Var;

/**
 * The phase of barriers that complete once per round, as one role counts the rounds: what a {@link
 * Pipeline} is for many slots, for a single one.
 *
 * <p>A wait on an mbarrier is told a parity, and a wrong one hangs or does not wait. So the bit lives
 * here, belongs to one role, and flips when a round is over; a role that has ended a round, or begins one
 * inside another, is refused at emission.
 */
public final class Rounds {
  private final Code code;
  private final U32Var parity;
  private final Tracked<Boolean> open;

  private Rounds(Code code, int parity) {
    this.code = code;
    this.parity = code.var(parity);
    this.open = Tracked.strict(code, "round", false);
  }

  /** For a role that takes part: it waits for what completes in the round. */
  public static Rounds of(Code code) {
    return new Rounds(code, 0);
  }

  /**
   * For a role that comes after: it waits for what completed in the round before. Before the first one a
   * fresh barrier answers at once.
   */
  public static Rounds behind(Code code) {
    return new Rounds(code, 1);
  }

  /** The next round, which has to be ended before another one. */
  public Round begin() {
    open.expect(false, "begun inside another");
    open.set(true);
    return new Round();
  }

  /** One round. */
  public final class Round {
    private boolean over;

    private Round() {}

    /** Waits for the phase of this round. */
    public void await(Mbarrier barrier) {
      check();
      barrier.await(parity);
    }

    /** Waits for the phase of the round before; in the first one it returns at once. */
    public void awaitPrevious(Mbarrier barrier) {
      check();
      barrier.await(code.xor(parity, 1));
    }

    /** Ends the round; nothing can be awaited in it any more. */
    public void end() {
      check();
      over = true;
      open.set(false);
      code.set(parity, code.xor(parity, 1));
    }

    private void check() {
      if (over) {
        throw new IllegalStateException("a round that has ended is used again");
      }
    }
  }
}
