package dev.deepgemm.jit;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.TensorMap;
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

  private Memory memory;
  private int capacity;
  private long base;
  private Pointer view;

  LaunchBlock() {
    capacity = INITIAL_ARGS;
    memory = allocate(capacity);
    base = aligned(memory);
    view = new Pointer(base);
  }

  private static Memory allocate(int args) {
    return new Memory(64L + (long) args * (SLOT + Long.BYTES) + SCRATCH);
  }

  private static long aligned(Memory memory) {
    return (Pointer.nativeValue(memory) + 63) & -64L;
  }

  private long pointers() {
    return (long) capacity * SLOT;
  }

  private long scratch() {
    return pointers() + (long) capacity * Long.BYTES;
  }

  /** Lays out arguments; the address of the array of pointers. */
  long params(List<KernelArg> args, NvidiaDriver driver) {
    int count = args.size();
    if (count > capacity) {
      capacity = Math.max(count, 2 * capacity);
      memory = allocate(capacity);
      base = aligned(memory);
      view = new Pointer(base);
    }
    long pointers = pointers();
    for (int i = 0; i < count; i++) {
      long slot = (long) i * SLOT;
      KernelArg arg = args.get(i);
      if (arg instanceof KernelArg.Map map) {
        encode(map.map(), slot, driver);
      } else if (arg instanceof KernelArg.Address address) {
        view.setLong(slot, address.value());
      } else if (arg instanceof KernelArg.Int value) {
        view.setInt(slot, value.value());
      }
      view.setLong(pointers + (long) i * Long.BYTES, base + slot);
    }
    return base + pointers;
  }

  /** Encodes a tensor map; its 128 bytes. */
  byte[] encoded(TensorMap map, NvidiaDriver driver) {
    encode(map, 0, driver);
    return view.getByteArray(0, SLOT);
  }

  private void encode(TensorMap map, long slot, NvidiaDriver driver) {
    long scratch = scratch();
    int rank = map.dims().size();
    for (int i = 0; i < rank; i++) {
      view.setLong(scratch + DIMS + 8L * i, map.dims().get(i));
      view.setInt(scratch + BOX + 4L * i, map.box().get(i));
      view.setInt(scratch + ELEMENT_STRIDES + 4L * i, 1);
      if (i > 0) {
        view.setLong(scratch + STRIDES + 8L * (i - 1), map.strides().get(i - 1));
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
    return view.getLong(scratch() + OUT);
  }
}
