package dev.deepgemm.emulator;

/** A thread's store to shared memory, with everything that has to be checked and told. */
final class SharedStores {
  private SharedStores() {}

  /** Stores {@code bytes} bytes; {@code why} is the origin of an undefined value, or none. */
  static void store(
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
    int writer = cta == warp.cta() ? warp.thread(lane) : 0;
    memory.store(address, bytes, value, writer, warp.cluster().now(), why);
  }
}
