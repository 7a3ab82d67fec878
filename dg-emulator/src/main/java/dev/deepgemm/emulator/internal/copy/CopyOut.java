package dev.deepgemm.emulator.internal.copy;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.machine.BulkGroups;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.OutgoingCopies;
import dev.deepgemm.emulator.internal.machine.Transfer;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.SharedReader;

/**
 * A copy of the asynchronous proxy from shared to global memory. It first reads, then writes, both
 * at a time of its own. Until the thread has waited for the reading, its source must not change.
 */
abstract class CopyOut extends Transfer
    implements SharedReader, BulkGroups.InFlight, OutgoingCopies.Copy {
  /** Takes a range of global memory. */
  interface RangeVisitor {
    void range(long address, int bytes);
  }

  private enum State {
    ISSUED,
    READ,
    WRITTEN
  }

  final int source;
  final int bytes;
  private final byte[] buffer;
  private State state = State.ISSUED;
  private boolean released;

  CopyOut(Warp warp, int lane, Op op, int source, int bytes) {
    super(warp, lane, op.line, op.name);
    this.source = source;
    this.bytes = bytes;
    this.buffer = new byte[bytes];
  }

  /** Checks the source and begins. */
  public final void issue() {
    checkSource();
    if (warp.cluster().launch().writers() != null) {
      ranges((address, length) -> warp.cluster().outgoing().check(adds(), address, length));
      warp.cluster().outgoing().begin(this);
    }
    warp.cta().beginRead(this);
    warp.cta().bulk(warp.thread(lane)).add(this);
    warp.cluster().statistics().copies++;
    warp.cluster().statistics().copiedBytes += bytes;
    warp.cluster().start(this);
  }

  /** Refuses bytes that will be stored and are undefined or not fenced. */
  abstract void checkSource();

  /** Shows everything that it will write. */
  abstract void ranges(RangeVisitor visitor);

  /** Writes the bytes that were read. */
  abstract void write(byte[] read);

  /** Checks one range of the source, in addresses after the swizzle. */
  final void checkRange(int address, int length) {
    AsyncSource.check(warp, lane, line, address, length, "global memory");
  }

  @Override
  public final boolean advance() {
    if (state == State.ISSUED) {
      System.arraycopy(warp.cta().shared().data, source, buffer, 0, bytes);
      state = State.READ;
      return false;
    }
    write(buffer);
    state = State.WRITTEN;
    return true;
  }

  @Override
  public final boolean hasRead() {
    return state != State.ISSUED;
  }

  @Override
  public final boolean hasWritten() {
    return state == State.WRITTEN;
  }

  @Override
  public final void release() {
    if (!released) {
      released = true;
      warp.cta().endRead(this);
    }
  }

  @Override
  public final boolean released() {
    return released;
  }

  @Override
  public final void completed() {
    warp.cluster().outgoing().end(this);
  }

  @Override
  public boolean adds() {
    return false;
  }

  @Override
  public final boolean writes(long address, long length) {
    boolean[] found = new boolean[1];
    ranges((at, size) -> found[0] |= at < address + length && address < at + size);
    return found[0];
  }

  @Override
  public final int line() {
    return line;
  }

  @Override
  public final int start() {
    return source;
  }

  @Override
  public final int end() {
    return source + bytes;
  }

  @Override
  public final void overwritten(int address, int length, int by, boolean copy) {
    throw new Fault(
        "DG-EMU-24",
        "it writes to shared address 0x%x, which the store issued at line %d by thread %d may still"
            + " be reading; wait with cp.async.bulk.wait_group.read first",
        address,
        line,
        warp.thread(lane));
  }
}
