package dev.deepgemm.emulator.internal.copy;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.GlobalAccess;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;
import dev.deepgemm.emulator.internal.memory.SharedMemory;
import dev.deepgemm.emulator.internal.memory.SharedReader;
import java.util.List;

/** {@code cp.async.bulk} without a tensor: contiguous bytes. */
public final class BulkCopies {
  private BulkCopies() {}

  public static int size(long bytes) {
    if (bytes <= 0 || bytes % 16 != 0 || bytes > 1 << 20) {
      throw new Fault(
          "DG-EMU-44", "a bulk copy of %d bytes; legal: positive multiples of 16", bytes);
    }
    return (int) bytes;
  }

  /** Global to shared memory. */
  public static final class In extends CopyIn {
    private final long from;

    public In(
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
      GlobalMemory.Allocation found =
          GlobalAccess.find(warp.cluster().launch().memory(), from, bytes, 16);
      int offset = (int) (from - found.address());
      for (int i = 0; i < bytes; i += 16) {
        boolean defined = found.defined(offset + i, 16);
        memory.land(destination + i, found.data(), offset + i, 16, defined);
        if (!defined) {
          memory.blame(
              destination + i,
              16,
              warp.cluster().origins().of(PoisonOrigins.Cause.GLOBAL_NEVER_WRITTEN, line, 0));
        }
      }
    }
  }

  /**
   * Shared memory of this CTA to that of a CTA of the cluster. The source must stay as it is until the
   * copy has completed at the barrier; the first thing that the barrier's waiters may tell anybody.
   */
  public static final class Across extends CopyIn implements SharedReader {
    private final int source;

    public Across(
        Warp warp,
        int lane,
        Op op,
        Cta target,
        int destination,
        int bytes,
        int barrier,
        int source) {
      super(warp, lane, op, List.of(target), destination, bytes, barrier);
      this.source = source;
    }

    /** Checks both ends and begins. */
    public void begin() {
      warp.cta().shared().check(source, bytes, 16);
      AsyncSource.check(warp, lane, line, source, bytes, "another CTA");
      warp.cta().beginRead(this);
      issue();
    }

    @Override
    void land(SharedMemory memory) {
      memory.land(destination, warp.cta().shared().data, source, bytes, true);
      warp.cta().endRead(this);
    }

    @Override
    public int start() {
      return source;
    }

    @Override
    public int end() {
      return source + bytes;
    }

    @Override
    public void overwritten(int address, int length, int by, boolean copy) {
      throw new Fault(
          "DG-EMU-24",
          "it writes to shared address 0x%x, which the copy to another CTA issued at line %d by"
              + " thread %d may still be reading; wait until that CTA says that it has arrived",
          address,
          line,
          warp.thread(lane));
    }
  }

  /** Shared to global memory. */
  public static final class Out extends CopyOut {
    private final long to;

    public Out(Warp warp, int lane, Op op, int source, int bytes, long to) {
      super(warp, lane, op, source, bytes);
      this.to = to;
    }

    @Override
    void checkSource() {
      checkRange(source, bytes);
    }

    @Override
    void ranges(RangeVisitor visitor) {
      visitor.range(to, bytes);
    }

    @Override
    void write(byte[] read) {
      GlobalMemory.Allocation found =
          GlobalAccess.find(warp.cluster().launch().memory(), to, bytes, 16);
      int offset = (int) (to - found.address());
      GlobalAccess.noteWrite(warp, found, offset, bytes, false);
      for (int i = 0; i < bytes; i += 8) {
        GlobalAccess.write(found, offset + i, 8, GlobalAccess.read(read, i, 8));
      }
    }
  }
}
