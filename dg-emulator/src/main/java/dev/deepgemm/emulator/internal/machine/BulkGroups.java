package dev.deepgemm.emulator.internal.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The bulk copies out of shared memory that one thread has issued, by group. */
public final class BulkGroups {
  /** A copy in a group: it reads shared memory, then writes. */
  public interface InFlight {
    boolean hasRead();

    boolean hasWritten();

    /** The thread knows that the source has been read. */
    void release();

    boolean released();

    /** The thread knows that all of it has been done. */
    void completed();
  }

  private List<InFlight> open = new ArrayList<>();
  private final Deque<List<InFlight>> groups = new ArrayDeque<>();

  public void add(InFlight copy) {
    open.add(copy);
  }

  public void commit() {
    groups.addLast(open);
    open = new ArrayList<>();
  }

  /**
   * Whether at most {@code pending} of the newest groups are not done; the done ones are forgotten.
   *
   * @param reading whether having read shared memory is enough
   */
  public boolean done(int pending, boolean reading) {
    int old = groups.size() - pending;
    int i = 0;
    for (List<InFlight> group : groups) {
      if (i++ >= old) {
        break;
      }
      for (InFlight copy : group) {
        if (reading ? !copy.hasRead() : !copy.hasWritten()) {
          return false;
        }
      }
    }
    i = 0;
    for (List<InFlight> group : groups) {
      if (i++ < old) {
        group.forEach(InFlight::release);
      }
    }
    while (!reading && groups.size() > pending) {
      groups.removeFirst().forEach(InFlight::completed);
    }
    return true;
  }

  /** Whether a copy may still read shared memory, as far as the thread has asked. */
  boolean reading() {
    return open.stream().anyMatch(copy -> !copy.released())
        || groups.stream().flatMap(List::stream).anyMatch(copy -> !copy.released());
  }
}
