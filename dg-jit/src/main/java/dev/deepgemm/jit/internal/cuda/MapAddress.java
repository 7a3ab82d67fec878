package dev.deepgemm.jit.internal.cuda;

import dev.deepgemm.driver.CudaException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Where in the 128 bytes of a tensor map its address lies, as far as that can be found out.
 *
 * <p>The driver has a function that replaces the address, and a launch on new pointers needs it three or four
 * times; each is a call into native code, a tenth of a microsecond, of some four that a whole launch takes.
 * The format of tensor maps is not documented, so it is not assumed but looked at: the driver replaces an
 * address twice, so that every bit of it is once set and once not. If what is there afterwards is what was
 * there before with the address in the same eight bytes both times, writing these is the same as asking. If
 * not, or for an address with bits that were not tried, the driver is asked every time.
 */
final class MapAddress {
  /** Bytes of a tensor map. */
  static final int MAP_BYTES = 128;

  /** Multiples of 16, below 2^47, with every bit from 2^4 on set in one of them. */
  private static final List<Long> TRIALS = List.of(0x5555_5555_5550L, 0x2aaa_aaaa_aaa0L);

  private static final int BITS = 47;
  private static final int NOWHERE = -1;

  private final int place;

  private MapAddress(int place) {
    this.place = place;
  }

  /** What the driver does: it replaces the address of the map that is looked at. */
  interface Replacement {
    void replace(long address);
  }

  /**
   * Looks for it.
   *
   * @param memory where the map lies; it is as before afterwards
   * @param map its first byte
   * @param driver replaces the address in that memory
   */
  static MapAddress find(ByteBuffer memory, int map, Replacement driver) {
    byte[] before = new byte[MAP_BYTES];
    memory.get(map, before);
    try {
      int place = NOWHERE;
      for (long trial : TRIALS) {
        driver.replace(trial);
        int found = placeOf(trial, memory, map, before);
        if (found == NOWHERE || (place != NOWHERE && place != found)) {
          return new MapAddress(NOWHERE);
        }
        place = found;
      }
      return new MapAddress(place);
    } catch (CudaException e) {
      // It takes no address that nobody has allocated: then it has to be asked for those that are.
      return new MapAddress(NOWHERE);
    } finally {
      memory.put(map, before);
    }
  }

  private static int placeOf(long address, ByteBuffer memory, int map, byte[] before) {
    for (int place = 0; place < MAP_BYTES; place += Long.BYTES) {
      if (memory.getLong(map + place) == address) {
        byte[] expected = before.clone();
        ByteBuffer.wrap(expected).order(memory.order()).putLong(place, address);
        byte[] now = new byte[MAP_BYTES];
        memory.get(map, now);
        return Arrays.equals(expected, now) ? place : NOWHERE;
      }
    }
    return NOWHERE;
  }

  /** Writes an address into a map; false if the driver has to do it. */
  boolean write(ByteBuffer memory, int map, long address) {
    if (place == NOWHERE || address >>> BITS != 0) {
      return false;
    }
    memory.putLong(map + place, address);
    return true;
  }
}
