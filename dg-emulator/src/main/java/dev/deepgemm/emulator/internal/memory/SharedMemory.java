package dev.deepgemm.emulator.internal.memory;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.check.Knowledge;
import dev.deepgemm.emulator.internal.check.PoisonOrigins;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shared memory of one CTA, with a state for each byte.
 *
 * <p>Addresses are those of the {@code .shared::cta} window: variables begin at {@link
 * #START}. A byte is undefined if nobody wrote it, if a copy is still writing it,
 * or if what was written was undefined itself; {@link #why} tells which. A byte that the generic
 * proxy wrote also knows who wrote it and when, so that the asynchronous proxy can tell whether a
 * {@code fence.proxy.async} lies in between.
 */
public final class SharedMemory {
  /**
   * Where shared variables begin: sm_90 keeps the first KiB of a CTA's shared memory for itself.
   */
  public static final int START = 1024;

  static final int UNDEFINED = 1;
  static final int IN_FLIGHT = 2;
  static final int GENERIC = 4;
  static final int BARRIER = 8;

  private static final int INVISIBLE = UNDEFINED | IN_FLIGHT;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long EACH_BYTE = 0x0101010101010101L;

  public final byte[] data;
  private final int warps;
  private final byte[] state;
  private final int[] why;
  private final int[] when;
  private final short[] writer;
  private final Map<Integer, MBarrier> barriers = new HashMap<>();

  /** A memory whose addresses are below {@code end}. */
  public SharedMemory(int end, int warps) {
    this.warps = warps;
    int size = (end + 15) / 16 * 16;
    data = new byte[size];
    state = new byte[size];
    why = new int[size];
    when = new int[size];
    writer = new short[size];
    Arrays.fill(state, (byte) UNDEFINED);
  }

  public int size() {
    return data.length - START;
  }

  public Map<Integer, MBarrier> barriers() {
    return barriers;
  }

  /** Checks bounds and alignment of one access. */
  public void check(long address, int bytes, int alignment) {
    if (address < START || address + bytes > data.length) {
      throw new Fault(
          "DG-EMU-20",
          "shared memory access of %d bytes at 0x%x; the CTA has 0x%x to 0x%x",
          bytes,
          address,
          START,
          data.length);
    }
    if (address % alignment != 0) {
      throw new Fault(
          "DG-EMU-21",
          "shared memory address 0x%x must be a multiple of %d for this access",
          address,
          alignment);
    }
  }

  public long load(int address, int bytes) {
    return switch (bytes) {
      case 1 -> data[address] & 0xffL;
      case 2 -> (short) SHORT.get(data, address) & 0xffffL;
      case 4 -> (int) INT.get(data, address) & 0xffffffffL;
      default -> (long) LONG.get(data, address);
    };
  }

  private void write(int address, int bytes, long value) {
    switch (bytes) {
      case 1 -> data[address] = (byte) value;
      case 2 -> SHORT.set(data, address, (short) value);
      case 4 -> INT.set(data, address, (int) value);
      default -> LONG.set(data, address, value);
    }
  }

  /**
   * Why a byte of a range is undefined, or {@link PoisonOrigins#NONE} if all are defined.
   *
   * @param line line of the reading instruction, for bytes that nobody wrote
   */
  public int undefined(int address, int bytes, PoisonOrigins origins, int line) {
    for (int i = address; i < address + bytes; i++) {
      if ((state[i] & INVISIBLE) != 0) {
        return why[i] != PoisonOrigins.NONE
            ? why[i]
            : origins.of(PoisonOrigins.Cause.SHARED_NEVER_WRITTEN, line, i);
      }
    }
    return PoisonOrigins.NONE;
  }

  /** {@link #undefined} for an aligned chunk of 16 bytes: two comparisons where all is well. */
  public int undefined16(int address, PoisonOrigins origins, int line) {
    long both = (long) LONG.get(state, address) | (long) LONG.get(state, address + 8);
    return (both & (INVISIBLE * EACH_BYTE)) == 0
        ? PoisonOrigins.NONE
        : undefined(address, 16, origins, line);
  }

  /** Refuses an ordinary access to the bytes of a live mbarrier. */
  public void refuseBarrier(int address, int bytes) {
    for (int i = address; i < address + bytes; i++) {
      if ((state[i] & BARRIER) != 0) {
        throw new Fault(
            "DG-EMU-30",
            "ordinary access to 0x%x, where an mbarrier lives; only mbarrier instructions may"
                + " touch it before mbarrier.inval",
            i);
      }
    }
  }

  /** A store by a thread. */
  public void store(int address, int bytes, long value, int thread, int now, int origin) {
    write(address, bytes, value);
    byte next = (byte) (GENERIC | (origin == PoisonOrigins.NONE ? 0 : UNDEFINED));
    for (int i = address; i < address + bytes; i++) {
      state[i] = next;
      why[i] = origin;
      when[i] = now;
      writer[i] = (short) thread;
    }
  }

  /** Marks a range that a copy begins to write. */
  public void beginCopy(int address, int bytes, int origin) {
    for (int i = address; i < address + bytes; i++) {
      state[i] |= IN_FLIGHT;
    }
    Arrays.fill(why, address, address + bytes, origin);
  }

  /** Bytes of a copy arrive; they stay invisible until {@link #endCopy}. */
  public void land(int address, byte[] from, int offset, int bytes, boolean defined) {
    System.arraycopy(from, offset, data, address, bytes);
    Arrays.fill(
        state, address, address + bytes, (byte) (defined ? IN_FLIGHT : IN_FLIGHT | UNDEFINED));
  }

  /** Bytes of a copy that are zero because they lie outside of the tensor. */
  public void landZeros(int address, int bytes) {
    Arrays.fill(data, address, address + bytes, (byte) 0);
    Arrays.fill(state, address, address + bytes, (byte) IN_FLIGHT);
  }

  /** Says why bytes that arrived are undefined. */
  public void blame(int address, int bytes, int origin) {
    Arrays.fill(why, address, address + bytes, origin);
  }

  /** What a copy wrote becomes visible. */
  void endCopy(int address, int bytes) {
    int end = address + bytes;
    int i = address;
    long keep = ~(IN_FLIGHT * EACH_BYTE);
    for (; i + 8 <= end; i += 8) {
      LONG.set(state, i, (long) LONG.get(state, i) & keep);
    }
    for (; i < end; i++) {
      state[i] &= ~IN_FLIGHT;
    }
  }

  /** Whether a copy in flight is writing one of these bytes. */
  public boolean beingWritten(int address, int bytes) {
    for (int i = address; i < address + bytes; i++) {
      if ((state[i] & IN_FLIGHT) != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * A byte of the range that the generic proxy wrote and that no fence.proxy.async, by its writer
   * or by the reader, has made visible to the asynchronous proxy; -1 if there is none.
   *
   * @param fences for each thread of the cluster, when it last executed the fence
   * @param readerFence when the reading thread last executed it
   */
  public int unfenced(int address, int bytes, int[] fences, int readerFence) {
    for (int i = address; i < address + bytes; i++) {
      if ((state[i] & GENERIC) != 0 && fences[writer[i]] < when[i] && readerFence < when[i]) {
        return i;
      }
    }
    return -1;
  }

  /**
   * A byte of the range that another warp wrote and the reader does not know of; -1 if there is none.
   *
   * @param warp the reader, in the cluster
   */
  public int unknown(int address, int bytes, int warp, Knowledge knowledge) {
    for (int i = address; i < address + bytes; i++) {
      if ((state[i] & GENERIC) != 0
          && writer[i] / 32 != warp
          && !knowledge.includes(writer[i] / 32, when[i])) {
        return i;
      }
    }
    return -1;
  }

  /** Whether the generic proxy was the last to write one of 16 bytes. */
  public boolean generic16(int address) {
    long both = (long) LONG.get(state, address) | (long) LONG.get(state, address + 8);
    return (both & (GENERIC * EACH_BYTE)) != 0;
  }

  /** The thread of the cluster that wrote a byte. */
  public int writerOf(int address) {
    return writer[address];
  }

  public MBarrier createBarrier(int address, int count) {
    check(address, 8, 8);
    if (barriers.containsKey(address)) {
      throw new Fault("DG-EMU-30", "mbarrier.init of 0x%x, where an mbarrier lives", address);
    }
    MBarrier barrier = new MBarrier(address, count, warps);
    barriers.put(address, barrier);
    Arrays.fill(state, address, address + 8, (byte) BARRIER);
    return barrier;
  }

  public void removeBarrier(int address) {
    barrier(address);
    barriers.remove(address);
    Arrays.fill(state, address, address + 8, (byte) UNDEFINED);
    Arrays.fill(why, address, address + 8, PoisonOrigins.NONE);
  }

  public MBarrier barrier(int address) {
    check(address, 8, 8);
    MBarrier found = barriers.get(address);
    if (found == null) {
      throw new Fault(
          "DG-EMU-30", "there is no mbarrier at 0x%x; initialise it with mbarrier.init", address);
    }
    return found;
  }

  public @Nullable MBarrier barrierOrNull(int address) {
    return barriers.get(address);
  }
}
