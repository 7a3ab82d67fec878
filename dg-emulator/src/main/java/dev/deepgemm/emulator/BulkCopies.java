package dev.deepgemm.emulator;

import java.util.List;

/** {@code cp.async.bulk} without a tensor: contiguous bytes. */
final class BulkCopies {
  private BulkCopies() {}

  static int size(long bytes) {
    if (bytes <= 0 || bytes % 16 != 0 || bytes > 1 << 20) {
      throw new Fault(
          "DG-EMU-44", "a bulk copy of %d bytes; legal: positive multiples of 16", bytes);
    }
    return (int) bytes;
  }

  /** Global to shared memory. */
  static final class In extends CopyIn {
    private final long from;

    In(
        Warp warp,
        int lane,
        Op op,
        List<Cta> targets,
        int destination,
        int bytes,
        int barrier,
        long from) {
      super(warp, lane, op, targets, destination, bytes, barrier);
      this.from = from;
    }

    @Override
    void land(SharedMemory memory) {
      DeviceMemory.Allocation found =
          GlobalAccess.find(warp.cluster().launch().memory(), from, bytes, 16);
      int offset = (int) (from - found.address());
      for (int i = 0; i < bytes; i += 16) {
        boolean defined = found.defined(offset + i, 16);
        memory.land(destination + i, found.data(), offset + i, 16, defined);
        if (!defined) {
          memory.blame(
              destination + i,
              16,
              warp.cluster().origins().of(Origins.Cause.GLOBAL_NEVER_WRITTEN, line, 0));
        }
      }
    }
  }

  /** Shared to global memory. */
  static final class Out extends CopyOut {
    private final long to;

    Out(Warp warp, int lane, Op op, int source, int bytes, long to) {
      super(warp, lane, op, source, bytes);
      this.to = to;
    }

    @Override
    void checkSource() {
      checkRange(source, bytes);
    }

    @Override
    void write(byte[] read) {
      DeviceMemory.Allocation found =
          GlobalAccess.find(warp.cluster().launch().memory(), to, bytes, 16);
      int offset = (int) (to - found.address());
      for (int i = 0; i < bytes; i += 8) {
        GlobalAccess.write(found, offset + i, 8, GlobalAccess.read(read, i, 8));
      }
    }
  }
}
