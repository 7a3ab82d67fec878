package dev.deepgemm.emulator.internal.ops;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import dev.deepgemm.emulator.internal.machine.Cta;
import dev.deepgemm.emulator.internal.machine.Warp;
import dev.deepgemm.emulator.internal.memory.SharedMemory;
import dev.deepgemm.emulator.internal.memory.SmemDescriptor;
import dev.deepgemm.emulator.internal.numbers.ElementType;
import java.util.Arrays;

/**
 * One operand of a wgmma as it lies in shared memory: {@code rows} rows (of A, or columns of B) of
 * {@code k} elements.
 */
final class SharedTile {
  private final SmemDescriptor descriptor;
  private final int rows;
  private final int k;
  private final int elementBytes;
  private final boolean kMajor;
  private final int start;
  private final int end;

  SharedTile(SmemDescriptor descriptor, int rows, int k, int elementBytes, boolean kMajor) {
    this.descriptor = descriptor;
    this.rows = rows;
    this.k = k;
    this.elementBytes = elementBytes;
    this.kMajor = kMajor;
    int low = Integer.MAX_VALUE;
    int high = 0;
    for (int line = 0; line < lines(); line++) {
      for (int chunk = 0; chunk < chunks(); chunk++) {
        int address = address(line, chunk);
        low = Math.min(low, address);
        high = Math.max(high, address + 16);
      }
    }
    this.start = low;
    this.end = high;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  /** A line is a row of a K-major tile, and one k of an MN-major one. */
  private int lines() {
    return kMajor ? rows : k;
  }

  private int chunks() {
    return (kMajor ? k : rows) * elementBytes / 16;
  }

  private int address(int line, int chunk) {
    return kMajor ? descriptor.kMajor(line, chunk) : descriptor.mnMajor(chunk, line);
  }

  /**
   * Reads the tile.
   *
   * @param values elements, {@code [row][k]} in one array
   * @param why for each row, the origin of an undefined byte in it, or none
   * @param readers the four warps that read it together
   */
  void read(Cta cta, ElementType type, float[] values, int[] why, Warp[] readers, int line) {
    SharedMemory memory = cta.shared();
    memory.check(start, end - start, 16);
    PoisonOrigins origins = cta.cluster().origins();
    Arrays.fill(why, PoisonOrigins.NONE);
    int perChunk = 16 / elementBytes;
    for (int i = 0; i < lines(); i++) {
      for (int chunk = 0; chunk < chunks(); chunk++) {
        int address = address(i, chunk);
        int undefined = memory.undefined16(address, origins, line);
        if (undefined == PoisonOrigins.NONE && memory.generic16(address)) {
          checkFence(cta, address, readers);
          undefined = race(cta, address, readers, line);
        }
        for (int e = 0; e < perChunk; e++) {
          int row = kMajor ? i : chunk * perChunk + e;
          int at = kMajor ? chunk * perChunk + e : i;
          int offset = address + e * elementBytes;
          values[row * k + at] = type.read(memory.data, offset);
          if (undefined != PoisonOrigins.NONE) {
            why[row] = undefined;
          }
        }
      }
    }
  }

  private static void checkFence(Cta cta, int address, Warp[] readers) {
    int[] fences = cta.cluster().proxyFences;
    int oldest = Integer.MAX_VALUE;
    for (Warp reader : readers) {
      oldest = Math.min(oldest, fences[reader.clusterThread(0)]);
    }
    int dirty = cta.shared().unfenced(address, 16, fences, oldest);
    if (dirty >= 0) {
      throw new Fault(
          "DG-EMU-23",
          "it reads shared address 0x%x through the asynchronous proxy, which thread %d wrote"
              + " through the generic one without fence.proxy.async after it",
          dirty,
          cta.shared().writerOf(dirty) % cta.threads());
    }
  }

  /** The origin of bytes that one of the readers does not know to be written; none otherwise. */
  private static int race(Cta cta, int address, Warp[] readers, int line) {
    for (Warp reader : readers) {
      int race = cta.shared().unknown(address, 16, reader.clusterIndex(), reader.knowledge());
      if (race >= 0) {
        return cta.cluster().origins().of(PoisonOrigins.Cause.RACE, line, race);
      }
    }
    return PoisonOrigins.NONE;
  }

  /** Rows that have a byte in a range of addresses. */
  boolean[] rowsIn(int address, int bytes) {
    boolean[] hit = new boolean[rows];
    int perChunk = 16 / elementBytes;
    for (int i = 0; i < lines(); i++) {
      for (int chunk = 0; chunk < chunks(); chunk++) {
        int at = address(i, chunk);
        if (at >= address + bytes || address >= at + 16) {
          continue;
        }
        if (kMajor) {
          hit[i] = true;
        } else {
          Arrays.fill(hit, chunk * perChunk, (chunk + 1) * perChunk, true);
        }
      }
    }
    return hit;
  }
}
