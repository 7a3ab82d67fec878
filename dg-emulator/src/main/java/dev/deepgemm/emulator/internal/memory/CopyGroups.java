package dev.deepgemm.emulator.internal.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The copies of {@code cp.async} (the element-wise one, of the generic proxy) that a thread has
 * issued, by group. Bytes arrive at once and stay invisible until the thread has waited.
 */
public final class CopyGroups {
  private record Copy(SharedMemory memory, int address, int bytes) {}

  private List<Copy> open = new ArrayList<>();
  private final Deque<List<Copy>> groups = new ArrayDeque<>();

  public void add(SharedMemory memory, int address, int bytes) {
    open.add(new Copy(memory, address, bytes));
  }

  public void commit() {
    groups.addLast(open);
    open = new ArrayList<>();
  }

  /** All but the {@code pending} newest groups become visible. */
  public void waitFor(int pending) {
    while (groups.size() > pending) {
      show(groups.removeFirst());
    }
  }

  /** Everything issued so far becomes visible, committed or not. */
  public void waitForAll() {
    waitFor(0);
    show(open);
    open = new ArrayList<>();
  }

  private static void show(List<Copy> copies) {
    for (Copy copy : copies) {
      copy.memory.endCopy(copy.address, copy.bytes);
    }
  }
}
