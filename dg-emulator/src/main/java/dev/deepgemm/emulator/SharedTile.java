package dev.deepgemm.emulator;

import java.util.Arrays;

/**
 * One operand of a wgmma as it lies in shared memory: {@code rows} rows (of A, or columns of B) of
 * {@code k} elements.
 */
final class SharedTile {
  private final MatrixDescriptor descriptor;
  private final int rows;
  private final int k;
  private final int elementBytes;
  private final boolean kMajor;
  private final int start;
  private final int end;

  SharedTile(MatrixDescriptor descriptor, int rows, int k, int elementBytes, boolean kMajor) {
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
   * @param readerFence when the reader last executed fence.proxy.async
   */
  void read(Cta cta, ElementType type, float[] values, int[] why, int readerFence, int line) {
    SharedMemory memory = cta.shared();
    memory.check(start, end - start, 16);
    Origins origins = cta.cluster().origins();
    Arrays.fill(why, Origins.NONE);
    int perChunk = 16 / elementBytes;
    for (int i = 0; i < lines(); i++) {
      for (int chunk = 0; chunk < chunks(); chunk++) {
        int address = address(i, chunk);
        int undefined = memory.undefined16(address, origins, line);
        if (undefined == Origins.NONE) {
          checkFence(cta, address, readerFence);
        }
        for (int e = 0; e < perChunk; e++) {
          int row = kMajor ? i : chunk * perChunk + e;
          int at = kMajor ? chunk * perChunk + e : i;
          int offset = address + e * elementBytes;
          values[row * k + at] = type.read(memory.data, offset);
          if (undefined != Origins.NONE) {
            why[row] = undefined;
          }
        }
      }
    }
  }

  private static void checkFence(Cta cta, int address, int readerFence) {
    int dirty = cta.shared().unfenced16(address, cta.proxyFences, readerFence);
    if (dirty >= 0) {
      throw new Fault(
          "DG-EMU-23",
          "it reads shared address 0x%x through the asynchronous proxy, which thread %d wrote"
              + " through the generic one without fence.proxy.async after it",
          dirty,
          cta.shared().writerOf(dirty));
    }
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
