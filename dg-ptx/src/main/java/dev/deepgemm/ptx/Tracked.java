package dev.deepgemm.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * Something that the DSL knows about the running kernel while it emits it: that a slot is held, that a
 * round is open, which accumulators are being written. Patterns keep their books in such cells, and
 * refuse at emission what would hang or give wrong numbers on a GPU.
 *
 * <p>Emission goes through the text once, the kernel does not; control flow keeps the two apart. Both
 * branches of {@link Code#choose} begin with what was known in front of it, and what they end with is
 * joined. What the body of {@link Code#when} or of a loop ends with is joined with what was known in
 * front, because it may run, or may not. A cell that has no better rule demands that both be equal: so a
 * slot that one branch releases, the other one has to release too.
 *
 * <p>A loop's body is emitted once, from what was known in front of the loop; that the next pass begins
 * with something else is found only where the rule demands equality.
 *
 * @param <S> what is known; immutable
 */
public final class Tracked<S> {
  private final String name;
  private final BinaryOperator<S> join;
  private S state;

  private Tracked(String name, S initial, BinaryOperator<S> join) {
    this.name = name;
    this.state = initial;
    this.join = join;
  }

  /**
   * A new cell that must be the same on all ways that lead to one place.
   *
   * @param name for messages
   */
  public static <S> Tracked<S> strict(Code code, String name, S initial) {
    return joined(
        code,
        name,
        initial,
        (a, b) -> {
          if (!a.equals(b)) {
            throw new IllegalStateException(
                name + ": " + a + " on one way through a branch or loop, " + b + " on another");
          }
          return a;
        });
  }

  /**
   * A new cell with a rule of its own.
   *
   * @param name for messages
   * @param join what is known where two ways meet
   */
  public static <S> Tracked<S> joined(Code code, String name, S initial, BinaryOperator<S> join) {
    Tracked<S> tracked = new Tracked<>(name, initial, join);
    code.emission.track(tracked);
    return tracked;
  }

  /** What is known here. */
  public S get() {
    return state;
  }

  /** Something has happened. */
  public void set(S now) {
    state = now;
  }

  /** Demands that something be known. */
  public void expect(S expected, String complaint) {
    if (!state.equals(expected)) {
      throw new IllegalStateException(name + ": " + complaint + " (it is " + state + ")");
    }
  }

  /** One cell's content at one place of the text. */
  private static final class Entry<S> {
    private final Tracked<S> cell;
    private final S state;

    private Entry(Tracked<S> cell) {
      this.cell = cell;
      this.state = cell.state;
    }

    private void restore() {
      cell.state = state;
    }

    private void join() {
      cell.state = cell.join.apply(cell.state, state);
    }
  }

  /** What is known at one place of the text. */
  static final class Snapshot {
    private final List<Entry<?>> entries = new ArrayList<>();

    Snapshot(List<Tracked<?>> cells) {
      cells.forEach(cell -> entries.add(new Entry<>(cell)));
    }

    /** Emission goes back to that place. */
    void restore() {
      entries.forEach(Entry::restore);
    }

    /** The place that emission has come to is also reached from that one. */
    void join() {
      entries.forEach(Entry::join);
    }
  }
}
