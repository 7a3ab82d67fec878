package dev.deepgemm.ptx.sync;

import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.Tracked;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import java.util.function.Function;

/** A role's place in a {@link Pipeline}: slot and parity, in registers, and what it does with the slot. */
final class RingCursor {
  private final Code code;
  private final U32Var slot;
  private final U32Var parity;
  private final int step;
  private final int stages;
  private final Tracked<State> state;

  /** What a role is doing with the slot at which its cursor stands. */
  private enum State {
    /** It has no handle: it has not acquired the slot. */
    OUTSIDE,
    /** It fills or reads the slot. */
    INSIDE,
    /** It has released the slot, or something else will, and has to move on. */
    DONE
  }

  RingCursor(Code code, String role, U32Var slot, int step, int initialParity, int stages) {
    this.code = code;
    this.slot = slot;
    this.step = step;
    this.stages = stages;
    this.parity = code.var(initialParity);
    this.state = Tracked.strict(code, role + " of the ring", State.OUTSIDE);
  }

  /** Index of the slot. */
  U32 slot() {
    return slot;
  }

  /** Waits for the slot at its barrier. */
  void acquire(Function<U32, Mbarrier> barrier) {
    state.expect(State.OUTSIDE, "the slot before has not been left");
    barrier.apply(slot).await(parity);
    state.set(State.INSIDE);
  }

  /** The role is through with the slot. */
  void done() {
    state.expect(State.INSIDE, "a slot is released twice");
    state.set(State.DONE);
  }

  /** Moves on to the role's next slot; the parity flips when the ring wraps around. */
  void advance() {
    state.expect(State.DONE, "a slot is left that nobody will release");
    code.increment(slot, step);
    Pred wrapped = code.setp(Cmp.GE, slot, stages);
    code.set(parity, code.xor(parity, code.selp(1, 0, wrapped)));
    code.set(slot, code.sub(slot, code.selp(stages, 0, wrapped)));
    state.set(State.OUTSIDE);
  }
}
