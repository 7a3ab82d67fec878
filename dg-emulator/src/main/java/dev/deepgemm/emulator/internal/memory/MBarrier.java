package dev.deepgemm.emulator.internal.memory;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.Knowledge;
import dev.deepgemm.emulator.internal.check.Text;
import java.util.ArrayList;
import java.util.List;

/**
 * An mbarrier: phases that complete when all arrivals and all announced bytes have come.
 *
 * <p>Bytes that copies brought for a phase stay invisible until that phase completes, however early
 * they landed: whoever reads them before has not waited.
 */
public final class MBarrier {
  /** Largest number of arrivals of one phase. */
  static final int MAX_COUNT = (1 << 20) - 1;

  private record Landed(SharedMemory memory, int address, int bytes) {}

  private final int address;
  private final Knowledge knowledge;
  private int expected;
  private int pending;
  private long bytes;
  private long phase;
  private final List<Landed> landed = new ArrayList<>();

  MBarrier(int address, int count, int warps) {
    if (count < 1 || count > MAX_COUNT) {
      throw new Fault("DG-EMU-30", "mbarrier.init with count %d; legal: 1 to %d", count, MAX_COUNT);
    }
    this.address = address;
    this.knowledge = new Knowledge(warps);
    this.expected = count;
    this.pending = count;
  }

  public Knowledge knowledge() {
    return knowledge;
  }

  /** Number of completed phases. */
  public long phase() {
    return phase;
  }

  /** Bytes announced and not yet arrived in the current phase; negative if they came first. */
  public long bytes() {
    return bytes;
  }

  /** Arrivals of the current phase that are still to come. */
  int pending() {
    return pending;
  }

  /** Whether the phase of that parity has completed: the current one has the other parity. */
  public boolean completed(int parity) {
    return (phase & 1) != (parity & 1);
  }

  public void arrive(int count) {
    if (count > pending) {
      throw new Fault(
          "DG-EMU-31",
          "an arrival too many: %d at the mbarrier 0x%x, whose phase %d expects %d and has %d to"
              + " come (%d bytes are outstanding)",
          count,
          address,
          phase,
          expected,
          pending,
          bytes);
    }
    pending -= count;
    completeIfDone();
  }

  /** The thread does not take part in later phases. */
  public void drop(int count) {
    expected -= count;
    arrive(count);
  }

  /** One more arrival belongs to the current phase. */
  public void expectArrival() {
    pending++;
  }

  public void expectBytes(long more) {
    bytes += more;
    checkRange();
  }

  public void completeBytes(long arrived) {
    bytes -= arrived;
    checkRange();
    completeIfDone();
  }

  public void landed(SharedMemory memory, int at, int length) {
    landed.add(new Landed(memory, at, length));
  }

  private void checkRange() {
    if (Math.abs(bytes) > MAX_COUNT) {
      throw new Fault(
          "DG-EMU-32",
          "the transaction count of the mbarrier 0x%x is %,d bytes; legal: -%,d to %,d",
          address,
          bytes,
          MAX_COUNT,
          MAX_COUNT);
    }
  }

  private void completeIfDone() {
    if (pending != 0 || bytes != 0) {
      return;
    }
    phase++;
    pending = expected;
    for (Landed copy : landed) {
      copy.memory().endCopy(copy.address(), copy.bytes());
    }
    landed.clear();
  }

  @Override
  public String toString() {
    return Text.format(
        "mbarrier 0x%x (phase %d, parity %d: %d of %d arrivals to come, %,d bytes outstanding)",
        address, phase, phase & 1, pending, expected, bytes);
  }
}
