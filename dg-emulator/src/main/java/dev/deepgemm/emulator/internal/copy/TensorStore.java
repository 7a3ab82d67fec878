package dev.deepgemm.emulator.internal.copy;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.machine.GlobalAccess;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;
import dev.deepgemm.emulator.internal.memory.Swizzle;
import dev.deepgemm.emulator.internal.memory.TensorBox;
import dev.deepgemm.emulator.internal.numbers.Fn;
import dev.deepgemm.emulator.internal.numbers.Formats;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** {@code cp.async.bulk.tensor} (and its reducing form) from shared to global memory. */
public final class TensorStore extends CopyOut {
  private static final int CHUNK = 16;

  private final TensorBox box;
  private final @Nullable Fn reduction;

  /** {@code reduction} combines the old element with the new one; null replaces it. */
  public TensorStore(
      Warp warp, int lane, Op op, int source, TensorBox box, @Nullable Fn reduction) {
    super(warp, lane, op, source, box.bytes());
    this.box = box;
    this.reduction = reduction;
  }

  @Override
  void checkSource() {
    box.rows(
        (offset, address, first, end) -> {
          for (int at = first / CHUNK * CHUNK; at < end; at += CHUNK) {
            int from = Math.max(at, first) - at;
            int to = Math.min(at + CHUNK, end) - at;
            checkRange(physical(offset + at) + from, to - from);
          }
        });
  }

  private int physical(int offset) {
    return Swizzle.apply(box.map().swizzle(), source + offset);
  }

  @Override
  public boolean adds() {
    return reduction != null;
  }

  @Override
  void ranges(RangeVisitor visitor) {
    box.rows(
        (offset, address, first, end) -> {
          if (end > first) {
            visitor.range(address, end - first);
          }
        });
  }

  @Override
  void write(byte[] read) {
    GlobalMemory memory = warp.cluster().launch().memory();
    box.rows(
        (offset, address, first, end) -> {
          if (end <= first) {
            return;
          }
          GlobalMemory.Allocation to = GlobalAccess.find(memory, address, end - first, 1);
          int base = (int) (address - to.address()) - first;
          GlobalAccess.noteWrite(warp, to, base + first, end - first, adds());
          for (int at = first / CHUNK * CHUNK; at < end; at += CHUNK) {
            int from = Math.max(at, first);
            int length = Math.min(at + CHUNK, end) - from;
            chunk(read, physical(offset + at) - source + from - at, to, base + from, length);
          }
        });
  }

  private void chunk(byte[] read, int from, GlobalMemory.Allocation to, int offset, int length) {
    if (reduction == null) {
      System.arraycopy(read, from, to.data(), offset, length);
      Arrays.fill(to.defined(), offset, offset + length, (byte) 1);
      return;
    }
    int size = box.map().type().bytes();
    synchronized (to.data()) { // clusters may add to the same element
      for (int i = 0; i < length; i += size) {
        if (!to.defined(offset + i, size)) {
          throw new Fault("DG-EMU-22", "it adds to global memory that nobody has written");
        }
        long old = GlobalAccess.read(to.data(), offset + i, size);
        long more = GlobalAccess.read(read, from + i, size);
        GlobalAccess.write(to, offset + i, size, reduction.apply(old, more, 0));
      }
    }
  }

  /** How elements of a tensor are added. */
  public static Fn addition(TensorMap.Element type) {
    return switch (type) {
      case FP32 ->
          (a, b, c) ->
              Float.floatToRawIntBits(
                  Float.intBitsToFloat((int) a) + Float.intBitsToFloat((int) b));
      case BF16 ->
          (a, b, c) -> Formats.toBf16(Formats.fromBf16((int) a) + Formats.fromBf16((int) b));
      case U8 -> throw new Fault("DG-EMU-44", "bytes cannot be added by a copy");
    };
  }
}
