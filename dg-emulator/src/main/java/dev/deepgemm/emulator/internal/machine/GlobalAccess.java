package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.check.Fault;
import dev.deepgemm.emulator.internal.memory.GlobalMemory;
import dev.deepgemm.emulator.internal.memory.GlobalWriters;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checked access to device memory. */
public final class GlobalAccess {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private GlobalAccess() {}

  /** The allocation of an access by a thread that is aligned to its size. */
  public static GlobalMemory.Allocation find(Warp warp, long address, int bytes) {
    afterPreviousGrid(warp, address);
    return find(warp.cluster().launch().memory(), address, bytes, bytes);
  }

  public static GlobalMemory.Allocation find(
      GlobalMemory memory, long address, int bytes, int align) {
    if (address % align != 0) {
      throw new Fault(
          "DG-EMU-21",
          "global address 0x%x must be a multiple of %d for this access",
          address,
          align);
    }
    GlobalMemory.Allocation found = memory.find(address, bytes);
    if (found == null) {
      throw new Fault(
          "DG-EMU-20",
          "global memory access of %d bytes at 0x%x, which is not allocated; %s",
          bytes,
          address,
          memory.around(address));
    }
    return found;
  }

  /**
   * Refuses an access by a warp that does not know that the grid in front has ended, where there is one. The
   * address may be anywhere in what is accessed.
   */
  public static void afterPreviousGrid(Warp warp, long address) {
    Launch launch = warp.cluster().launch();
    if (launch.dependent()
        && !warp.knowledge().previousGridEnded()
        && !launch.memory().isConstant(address)) {
      throw new Fault(
          "DG-EMU-28",
          "global memory at 0x%x is accessed while the previous grid may still use it; execute"
              + " griddepcontrol.wait first, or declare the memory constant",
          address);
    }
  }

  /** Notes that bytes were stored to, or added to, where a kernel does both. */
  public static void noteWrite(
      Warp warp, GlobalMemory.Allocation to, int offset, int bytes, boolean adds) {
    Cluster cluster = warp.cluster();
    GlobalWriters writers = cluster.launch().writers();
    if (writers == null) {
      return;
    } else if (adds) {
      writers.add(to, offset, bytes, cluster.number(), cluster.heardOfOthers());
    } else {
      writers.store(to, offset, bytes, cluster.number(), cluster.heardOfOthers());
    }
  }

  /** Refuses to store to, or to add to, what a copy may be doing the other of the two to. */
  public static void refuseRace(Warp warp, long address, int bytes, boolean adds) {
    if (warp.cluster().launch().writers() != null) {
      warp.cluster().outgoing().check(adds, address, bytes);
    }
  }

  public static long read(byte[] data, int offset, int bytes) {
    return switch (bytes) {
      case 1 -> data[offset] & 0xffL;
      case 2 -> (short) SHORT.get(data, offset) & 0xffffL;
      case 4 -> (int) INT.get(data, offset) & 0xffffffffL;
      default -> (long) LONG.get(data, offset);
    };
  }

  public static void write(GlobalMemory.Allocation to, int offset, int bytes, long value) {
    switch (bytes) {
      case 1 -> to.data()[offset] = (byte) value;
      case 2 -> SHORT.set(to.data(), offset, (short) value);
      case 4 -> INT.set(to.data(), offset, (int) value);
      default -> LONG.set(to.data(), offset, value);
    }
    for (int i = offset; i < offset + bytes; i++) {
      to.defined()[i] = 1;
    }
  }
}
