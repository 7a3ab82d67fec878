package dev.deepgemm.emulator.internal.copy;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.SharedMemory;

/** What a copy of the asynchronous proxy reads from shared memory of its own CTA. */
final class AsyncSource {
  private AsyncSource() {}

  /**
   * Refuses bytes that are undefined, or that the copy cannot see for want of a barrier or a fence.
   *
   * @param where the bytes go, for the message
   */
  static void check(Warp warp, int lane, int line, int address, int length, String where) {
    SharedMemory memory = warp.cta().shared();
    PoisonOrigins origins = warp.cluster().origins();
    int why = memory.undefined(address, length, origins, line);
    if (why != PoisonOrigins.NONE) {
      throw new Fault(
          "DG-EMU-22",
          "it stores undefined bytes at shared address 0x%x to %s; they come from %s",
          address,
          where,
          origins.describe(why));
    }
    int race = memory.unknown(address, length, warp.clusterIndex(), warp.knowledge());
    if (race >= 0) {
      throw new Fault(
          "DG-EMU-27",
          "it reads shared address 0x%x, which thread %d wrote, with no barrier in between",
          race,
          memory.writerOf(race) % warp.cta().threads());
    }
    int[] fences = warp.cluster().proxyFences;
    int dirty = memory.unfenced(address, length, fences, fences[warp.clusterThread(lane)]);
    if (dirty >= 0) {
      throw new Fault(
          "DG-EMU-23",
          "it reads shared address 0x%x through the asynchronous proxy, which thread %d wrote"
              + " through the generic one without fence.proxy.async after it",
          dirty,
          memory.writerOf(dirty) % warp.cta().threads());
    }
  }
}
