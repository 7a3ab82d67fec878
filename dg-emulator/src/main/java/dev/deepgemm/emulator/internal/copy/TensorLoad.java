package dev.deepgemm.emulator.internal.copy;

import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.GlobalAccess;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;
import dev.deepgemm.emulator.internal.memory.SharedMemory;
import dev.deepgemm.emulator.internal.memory.Swizzle;
import dev.deepgemm.emulator.internal.memory.TensorBox;
import java.util.List;

/** {@code cp.async.bulk.tensor} from global to shared memory. */
public final class TensorLoad extends CopyIn {
  private static final int CHUNK = 16;

  private final TensorBox box;

  public TensorLoad(
      Warp warp, int lane, Op op, List<Cta> targets, int destination, int barrier, TensorBox box) {
    super(warp, lane, op, targets, destination, box.bytes(), barrier);
    this.box = box;
  }

  @Override
  void land(SharedMemory memory) {
    memory.landZeros(destination, bytes);
    box.rows(
        (offset, address, first, end) -> {
          if (end > first) {
            row(memory, offset, address, first, end);
          }
        });
  }

  private void row(SharedMemory memory, int offset, long address, int first, int end) {
    GlobalMemory.Allocation from =
        GlobalAccess.find(warp.cluster().launch().memory(), address, end - first, 1);
    int base = (int) (address - from.address()) - first;
    for (int at = first / CHUNK * CHUNK; at < end; at += CHUNK) {
      int begin = Math.max(at, first);
      int length = Math.min(at + CHUNK, end) - begin;
      int to = Swizzle.apply(box.map().swizzle(), destination + offset + at) + begin - at;
      boolean defined = from.defined(base + begin, length);
      memory.land(to, from.data(), base + begin, length, defined);
      if (!defined) {
        memory.blame(
            to,
            length,
            warp.cluster().origins().of(PoisonOrigins.Cause.GLOBAL_NEVER_WRITTEN, line, 0));
      }
    }
  }
}
