package dev.deepgemm.jit;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.TensorMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Native memory in which one thread lays out kernel arguments, reused from launch to launch.
 *
 * <p>The driver takes an array of pointers, one per parameter, and copies each value before {@code
 * cuLaunchKernel} returns, while capturing a graph too. So one block per thread is enough, and it is
 * free again after every launch.
 *
 * <pre>
 *   base (aligned 64)    one slot of 128 bytes per argument: a tensor map, a u64 or a u32
 *   pointers             one pointer per argument
 *   scratch              what tensor-map encoding and queries point to
 * </pre>
 *
 * Slots are of one size because a tensor map must be aligned to 64 bytes: with a common slot every
 * address is a multiplication, and 32 arguments cost 4 KiB.
 */
final class LaunchBlock {
  private static final int SLOT = 128;
  private static final int SCRATCH = 256;
  private static final int INITIAL_ARGS = 32;

  private static final int DIMS = 0;
  private static final int STRIDES = 40;
  private static final int BOX = 80;
  private static final int ELEMENT_STRIDES = 104;
  private static final int OUT = 128;

  private int capacity;
  private ByteBuffer memory;
  private long base;

  LaunchBlock() {
    capacity = INITIAL_ARGS;
    memory = allocate(capacity);
    base = address(memory);
  }

  private static ByteBuffer allocate(int args) {
    return ByteBuffer.allocateDirect(128 + args * (SLOT + Long.BYTES) + SCRATCH)
        .alignedSlice(64)
        .order(ByteOrder.nativeOrder());
  }

  private static long address(ByteBuffer buffer) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
  }

  private int pointers() {
    return capacity * SLOT;
  }

  private int scratch() {
    return pointers() + capacity * Long.BYTES;
  }

  /** Lays out arguments; the address of the array of pointers. */
  long params(List<KernelArg> args, NvidiaDriver driver) {
    int count = args.size();
    if (count > capacity) {
      capacity = Math.max(count, 2 * capacity);
      memory = allocate(capacity);
      base = address(memory);
    }
    int pointers = pointers();
    for (int i = 0; i < count; i++) {
      int slot = i * SLOT;
      KernelArg arg = args.get(i);
      if (arg instanceof KernelArg.Map map) {
        encode(map.map(), slot, driver);
      } else if (arg instanceof KernelArg.Address address) {
        memory.putLong(slot, address.value());
      } else if (arg instanceof KernelArg.Int value) {
        memory.putInt(slot, value.value());
      }
      memory.putLong(pointers + i * Long.BYTES, base + slot);
    }
    return base + pointers;
  }

  /** Encodes a tensor map; its 128 bytes. */
  byte[] encoded(TensorMap map, NvidiaDriver driver) {
    encode(map, 0, driver);
    byte[] bytes = new byte[SLOT];
    memory.get(0, bytes);
    return bytes;
  }

  private void encode(TensorMap map, int slot, NvidiaDriver driver) {
    int scratch = scratch();
    int rank = map.dims().size();
    for (int i = 0; i < rank; i++) {
      memory.putLong(scratch + DIMS + 8 * i, map.dims().get(i));
      memory.putInt(scratch + BOX + 4 * i, map.box().get(i));
      memory.putInt(scratch + ELEMENT_STRIDES + 4 * i, 1);
      if (i > 0) {
        memory.putLong(scratch + STRIDES + 8 * (i - 1), map.strides().get(i - 1));
      }
    }
    long at = base + scratch;
    driver.check(
        "cuTensorMapEncodeTiled",
        NativeCuda.cuTensorMapEncodeTiled(
            base + slot,
            dataType(map.type()),
            rank,
            map.address(),
            at + DIMS,
            at + STRIDES,
            at + BOX,
            at + ELEMENT_STRIDES,
            0, // no interleave
            swizzle(map.swizzle()),
            l2Promotion(map.l2Promotion()),
            0)); // out-of-bounds elements read as zero
  }

  /** CUtensorMapDataType. */
  private static int dataType(TensorMap.Element type) {
    return switch (type) {
      case U8 -> 0;
      case FP32 -> 7;
      case BF16 -> 9;
    };
  }

  /** CUtensorMapSwizzle. */
  private static int swizzle(TensorMap.Swizzle swizzle) {
    return switch (swizzle) {
      case NONE -> 0;
      case B32 -> 1;
      case B64 -> 2;
      case B128 -> 3;
    };
  }

  /** CUtensorMapL2promotion. */
  private static int l2Promotion(int bytes) {
    return switch (bytes) {
      case 0 -> 0;
      case 64 -> 1;
      case 128 -> 2;
      case 256 -> 3;
      default ->
          throw new IllegalArgumentException(
              "L2 promotion of " + bytes + " bytes; legal: 0, 64, 128, 256");
    };
  }

  /** Where a driver function may write one pointer or size. */
  long out() {
    return base + scratch() + OUT;
  }

  /** What it wrote. */
  long outValue() {
    return memory.getLong(scratch() + OUT);
  }
}
