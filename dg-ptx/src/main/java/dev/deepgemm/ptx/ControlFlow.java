package dev.deepgemm.ptx;

import java.util.function.Consumer;
import java.util.function.Function;

/** Branches and loops of the kernel; Java's own ones specialise and unroll while it is emitted. */
public sealed interface ControlFlow permits Code {
  private Code code() {
    return (Code) this;
  }

  private void label(String name) {
    code().emission.line(name + ":");
  }

  private String fresh(String stem) {
    return code().emission.label(stem);
  }

  /** Runs the body in the threads in which the condition holds. */
  default void when(Pred condition, Runnable body) {
    String end = fresh("endif");
    Tracked.Snapshot before = code().emission.snapshot();
    code().raw("@!" + condition + " bra " + end);
    body.run();
    label(end);
    before.join();
  }

  /** One of two bodies. */
  default void choose(Pred condition, Runnable ifTrue, Runnable ifFalse) {
    String otherwise = fresh("else");
    String end = fresh("endif");
    Tracked.Snapshot before = code().emission.snapshot();
    code().raw("@!" + condition + " bra " + otherwise);
    ifTrue.run();
    Tracked.Snapshot afterTrue = code().emission.snapshot();
    code().raw("bra " + end);
    label(otherwise);
    before.restore();
    ifFalse.run();
    label(end);
    afterTrue.join();
  }

  /**
   * {@code for (i = start; i < end; i += step)}, unsigned.
   *
   * @return {@code i} after the loop: the first value that is not below {@code end}
   */
  default U32 loop(U32 start, U32 end, U32 step, Consumer<U32> body) {
    U32Var i = code().var(start);
    String head = fresh("loop");
    String done = fresh("done");
    code().raw("@" + code().setp(Cmp.GE, i, end) + " bra " + done);
    label(head);
    Tracked.Snapshot before = code().emission.snapshot();
    body.accept(i);
    code().increment(i, step);
    code().raw("@" + code().setp(Cmp.LT, i, end) + " bra " + head);
    label(done);
    before.join();
    return i;
  }

  /** {@code for (i = 0; i < count; i++)} with the test at the end: the body runs at least once. */
  default void repeat(U32 count, Consumer<U32> body) {
    U32Var i = code().var(0);
    String head = fresh("loop");
    label(head);
    Tracked.Snapshot before = code().emission.snapshot();
    body.accept(i);
    code().increment(i, 1);
    code().raw("@" + code().setp(Cmp.LT, i, count) + " bra " + head);
    before.join();
  }

  /**
   * Retries an instruction until it sets a predicate: the shape of every wait on a barrier.
   *
   * @param feature what not every target has; the kernel's has to
   * @param attempt the instruction as text, from the predicate that it sets
   */
  default void spin(IsaFeature feature, Function<Pred, String> attempt) {
    Pred done = code().newPred();
    String head = fresh("wait");
    label(head);
    code().raw(feature, attempt.apply(done));
    code().raw("@!" + done + " bra " + head);
  }
}
