package dev.deepgemm.emulator.internal.memory;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.internal.check.Text;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Global memory: the allocations behind a {@code DeviceMemory}, with what accesses have to know of
 * each byte.
 *
 * <p>Setting up is for one thread; kernels of one run may use it from several.
 */
public final class GlobalMemory {
  private static final long FIRST = 0x7_0000_0000L;
  private static final long GAP = 1L << 20;
  private static final long ALL_DEFINED = 0x0101010101010101L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Allocation[] allocations = new Allocation[0];
  private final Map<Long, TensorMap> maps = new ConcurrentHashMap<>();
  private final Set<Long> constants = ConcurrentHashMap.newKeySet();
  private long next = FIRST;

  /** A piece of memory; {@code defined} holds 1 for each byte that was written. */
  public record Allocation(long address, byte[] data, byte[] defined) {
    boolean contains(long at, long bytes) {
      return at >= address && at + bytes <= address + data.length;
    }

    public boolean defined(int offset, int bytes) {
      int i = offset;
      for (; i + 8 <= offset + bytes; i += 8) {
        if ((long) LONG.get(defined, i) != ALL_DEFINED) {
          return false;
        }
      }
      for (; i < offset + bytes; i++) {
        if (defined[i] == 0) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * Allocates memory that nobody has written.
   *
   * @param bytes its size, at least 1
   * @return its address, a multiple of 256
   */
  public long allocate(long bytes) {
    if (bytes < 1 || bytes > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          "allocation of " + bytes + " bytes; legal: 1 to 2^31 - 65");
    }
    long address = next;
    Allocation allocation = new Allocation(address, new byte[(int) bytes], new byte[(int) bytes]);
    Allocation[] grown = Arrays.copyOf(allocations, allocations.length + 1);
    grown[allocations.length] = allocation;
    allocations = grown;
    next = (address + bytes + GAP + 255) / 256 * 256;
    return address;
  }

  /**
   * Declares that nothing in flight writes an allocation.
   *
   * @param address anywhere in it
   */
  public void declareConstant(long address) {
    constants.add(require(address, 1).address);
  }

  /** Whether memory was declared constant; false where there is none. */
  public boolean isConstant(long address) {
    Allocation found = find(address, 1);
    return found != null && constants.contains(found.address);
  }

  /** Allocates memory that holds {@code data}; returns its address. */
  public long allocate(byte[] data) {
    long address = allocate(data.length);
    write(address, data);
    return address;
  }

  /** Writes bytes. */
  public void write(long address, byte[] data) {
    Allocation allocation = require(address, data.length);
    int offset = (int) (address - allocation.address);
    System.arraycopy(data, 0, allocation.data, offset, data.length);
    Arrays.fill(allocation.defined, offset, offset + data.length, (byte) 1);
  }

  /** Reads bytes, written or not. */
  public byte[] read(long address, int bytes) {
    Allocation allocation = require(address, bytes);
    int offset = (int) (address - allocation.address);
    return Arrays.copyOfRange(allocation.data, offset, offset + bytes);
  }

  /** Makes bytes undefined again, as if nobody had written them; what they hold is a pattern. */
  public void poison(long address, int bytes) {
    Allocation allocation = require(address, bytes);
    int offset = (int) (address - allocation.address);
    Arrays.fill(allocation.data, offset, offset + bytes, (byte) 0xA5);
    Arrays.fill(allocation.defined, offset, offset + bytes, (byte) 0);
  }

  /** How many bytes of a range nobody has written. */
  public int undefined(long address, int bytes) {
    Allocation allocation = require(address, bytes);
    int offset = (int) (address - allocation.address);
    int count = 0;
    for (int i = offset; i < offset + bytes; i++) {
      count += 1 - allocation.defined[i];
    }
    return count;
  }

  /**
   * Puts a tensor map into memory, for kernels that take its address instead of its value.
   *
   * @param address 128 allocated bytes; a multiple of 64
   */
  public void writeTensorMap(long address, TensorMap map) {
    if (address % 64 != 0) {
      throw new IllegalArgumentException(
          "tensor map at 0x" + Long.toHexString(address) + "; legal: multiples of 64");
    }
    require(address, 128);
    maps.put(address, map);
  }

  public @Nullable TensorMap tensorMap(long address) {
    return maps.get(address);
  }

  /** The allocation that holds a range; null if none holds all of it. */
  public @Nullable Allocation find(long address, long bytes) {
    int low = 0;
    int high = allocations.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Allocation candidate = allocations[middle];
      if (candidate.contains(address, bytes)) {
        return candidate;
      } else if (address < candidate.address) {
        high = middle - 1;
      } else {
        low = middle + 1;
      }
    }
    return null;
  }

  /** What lies around an address, for messages. */
  public String around(long address) {
    Allocation before = null;
    for (Allocation allocation : allocations) {
      if (allocation.address <= address) {
        before = allocation;
      }
    }
    return before == null
        ? "nothing is allocated in front of it"
        : Text.format(
            "the allocation in front of it has 0x%x to 0x%x",
            before.address, before.address + before.data.length);
  }

  private Allocation require(long address, long bytes) {
    Allocation found = find(address, bytes);
    if (found == null) {
      throw new IllegalArgumentException(
          Text.format("no allocation holds %d bytes at 0x%x; %s", bytes, address, around(address)));
    }
    return found;
  }
}
