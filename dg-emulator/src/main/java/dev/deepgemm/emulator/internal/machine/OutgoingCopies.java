package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies to global memory that a cluster has issued and that nobody has waited for. A store and an
 * addition to the same bytes, both under way, happen in any order. Kept only where a kernel has
 * reductions.
 */
public final class OutgoingCopies {
  /** A copy to global memory. */
  public interface Copy {
    /** Whether it adds to what is there. */
    boolean adds();

    /** Whether it writes to a range of addresses. */
    boolean writes(long address, long bytes);

    /** Line of the instruction that issued it. */
    int line();
  }

  private final List<Copy> copies = new ArrayList<>();

  public void begin(Copy copy) {
    copies.add(copy);
  }

  /** Its thread has waited until it was done. */
  public void end(Copy copy) {
    copies.remove(copy);
  }

  /** Refuses a write that adds where a store is under way, and the other way round. */
  public void check(boolean adds, long address, long bytes) {
    for (Copy copy : copies) {
      if (copy.adds() != adds && copy.writes(address, bytes)) {
        throw new Fault(
            "DG-EMU-29",
            "it %s global memory at 0x%x, to which the %s issued at line %d may still be writing;"
                + " wait with cp.async.bulk.wait_group (without .read) first",
            adds ? "adds to" : "stores to",
            address,
            copy.adds() ? "reduction" : "store",
            copy.line());
      }
    }
  }
}
