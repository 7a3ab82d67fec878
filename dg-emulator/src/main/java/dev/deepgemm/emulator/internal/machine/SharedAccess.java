package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.memory.SharedMemory;

/** A thread's access to shared memory, with everything that has to be checked and told. */
public final class SharedAccess {
  private SharedAccess() {}

  /** Why a thread that loads a range gets something undefined; none if it does not. */
  public static int undefined(Warp warp, Cta cta, int address, int bytes, int line) {
    PoisonOrigins origins = warp.cluster().origins();
    int why = cta.shared().undefined(address, bytes, origins, line);
    if (why == PoisonOrigins.NONE) {
      int race = cta.shared().unknown(address, bytes, warp.clusterIndex(), warp.knowledge());
      why = race < 0 ? why : origins.of(PoisonOrigins.Cause.RACE, line, race);
    }
    return why;
  }

  /** Stores {@code bytes} bytes; {@code why} is the origin of an undefined value, or none. */
  public static void store(
      Warp warp, int lane, Cta cta, int address, int bytes, long value, int why, int line) {
    SharedMemory memory = cta.shared();
    memory.refuseBarrier(address, bytes);
    if (memory.beingWritten(address, bytes)) {
      throw new Fault(
          "DG-EMU-25",
          "store to 0x%x, which a copy is still writing: %s",
          address,
          warp.cluster()
              .origins()
              .describe(memory.undefined(address, bytes, warp.cluster().origins(), line)));
    }
    cta.overwriting(address, bytes, line, false);
    memory.store(address, bytes, value, warp.clusterThread(lane), warp.cluster().now(), why);
  }
}
