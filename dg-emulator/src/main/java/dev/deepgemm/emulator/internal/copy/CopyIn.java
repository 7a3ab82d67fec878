package dev.deepgemm.emulator.internal.copy;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Transfer;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.MBarrier;
import dev.deepgemm.emulator.internal.memory.SharedMemory;
import java.util.List;

/**
 * A copy of the asynchronous proxy from global to shared memory, of one CTA or (multicast) several.
 * From issue to the completion of the mbarrier's phase the destination is undefined.
 */
abstract class CopyIn extends Transfer {
  final List<Cta> targets;
  final int destination;
  final int bytes;
  private final int barrier;

  CopyIn(Warp warp, int lane, Op op, List<Cta> targets, int destination, int bytes, int barrier) {
    super(warp, lane, op.line, op.name);
    this.targets = targets;
    this.destination = destination;
    this.bytes = bytes;
    this.barrier = barrier;
  }

  /** Checks the destination and begins. */
  public final void issue() {
    PoisonOrigins origins = warp.cluster().origins();
    int why = origins.of(PoisonOrigins.Cause.SHARED_LEFT_BY_ASYNC, line, barrier);
    for (Cta target : targets) {
      SharedMemory memory = target.shared();
      memory.check(destination, bytes, 1);
      memory.barrier(barrier);
      memory.refuseBarrier(destination, bytes);
      if (memory.beingWritten(destination, bytes)) {
        throw new Fault(
            "DG-EMU-25",
            "its destination 0x%x is still being written: %s",
            destination,
            origins.describe(memory.undefined(destination, bytes, origins, line)));
      }
      target.overwriting(destination, bytes, line, true);
      memory.beginCopy(destination, bytes, why);
    }
    warp.cluster().statistics().copies++;
    warp.cluster().statistics().copiedBytes += bytes;
    warp.cluster().start(this);
  }

  /** Brings the bytes to one CTA. */
  abstract void land(SharedMemory memory);

  @Override
  public final boolean advance() {
    for (Cta target : targets) {
      SharedMemory memory = target.shared();
      land(memory);
      MBarrier found = memory.barrier(barrier);
      found.landed(memory, destination, bytes);
      found.completeBytes(bytes);
    }
    return true;
  }
}
