package dev.deepgemm.jit.internal.cuda;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.driver.LaunchTemplate;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Native memory in which one thread lays out launches, reused from one to the next.
 *
 * <p>The driver takes an array of pointers, one per parameter, and copies each value before the launch
 * returns, while capturing a graph too. So one block per thread is enough, and it is free again after
 * every launch.
 *
 * <pre>
 *   base (aligned 64)    one slot of 128 bytes per argument: a tensor map, a u64 or a u32
 *   pointers             one pointer per argument
 *   scratch              what tensor-map encoding and queries point to; the launch's CUlaunchConfig
 *   held                 the address that each argument's tensor map has now
 * </pre>
 *
 * Slots are of one size because a tensor map must be aligned to 64 bytes: with a common slot every
 * address is a multiplication, and 32 arguments cost 4 KiB.
 *
 * <p>A template that was laid out last is still there: only the addresses that differ are written. Another
 * one is copied in; its tensor maps were encoded when it was first used, and then only their addresses are
 * replaced, here where it is known how ({@link MapAddress}), else by the driver, which is still cheaper than
 * encoding them.
 */
public final class LaunchBlock {
  private static final int SLOT = 128;
  private static final int INITIAL_ARGS = 32;

  private static final int DIMS = 0;
  private static final int STRIDES = 40;
  private static final int BOX = 80;
  private static final int ELEMENT_STRIDES = 104;
  private static final int OUT = 128;

  // CUlaunchConfig: seven u32 (grid, block, shared bytes), then stream, attributes, their number.
  private static final int CONFIG = 136;
  private static final int CONFIG_STREAM = CONFIG + 32;
  private static final int CONFIG_ATTRIBUTES = CONFIG + 40;
  private static final int CONFIG_COUNT = CONFIG + 48;
  // CUlaunchAttribute: id, padding, a union of 64 bytes.
  private static final int ATTRIBUTE = 192;
  private static final int SCRATCH = ATTRIBUTE + 128;

  /** CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION. */
  private static final int DEPENDENT_LAUNCH = 6;

  /** No tensor map has this address. */
  private static final long UNKNOWN = 0;

  private final TensorMaps maps;
  private int capacity;
  private ByteBuffer memory;
  private long base;
  private @Nullable LaunchTemplate laidOut;
  private @Nullable MapAddress mapAddress;

  /** What the driver does with tensor maps; addresses are those of native memory. */
  public interface TensorMaps {
    void encode(
        long map,
        int dataType,
        int rank,
        long address,
        long dims,
        long strides,
        long box,
        long elementStrides,
        int swizzle,
        int l2Promotion);

    void replaceAddress(long map, long address);
  }

  public LaunchBlock(TensorMaps maps) {
    this.maps = maps;
    capacity = INITIAL_ARGS;
    memory = allocate(capacity);
    base = address(memory);
  }

  private static ByteBuffer allocate(int args) {
    return ByteBuffer.allocateDirect(128 + args * (SLOT + 2 * Long.BYTES) + SCRATCH)
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

  /** Lays out a launch on operands. */
  public void fill(LaunchTemplate template, GemmOperands operands) {
    List<KernelArg> args = template.plan().args();
    boolean fresh = template != laidOut;
    if (fresh) {
      // Should this fail half-way, what is there is nobody's.
      laidOut = null;
      copyIn(template, args, operands);
    }
    for (int i = 0; i < args.size(); i++) {
      if (template.isBound(i)) {
        bind(args.get(i), i * SLOT, template.address(i, operands));
      }
    }
    laidOut = template;
  }

  private void bind(KernelArg arg, int slot, long address) {
    if (arg instanceof KernelArg.Address) {
      memory.putLong(slot, address);
    } else if (memory.getLong(held(slot)) != address) {
      move(slot, address);
      memory.putLong(held(slot), address);
    }
  }

  private void move(int slot, long address) {
    MapAddress known = mapAddress;
    if (known == null) {
      known = MapAddress.find(memory, slot, trial -> maps.replaceAddress(base + slot, trial));
      mapAddress = known;
    }
    if (!known.write(memory, slot, address)) {
      maps.replaceAddress(base + slot, address);
    }
  }

  /** Where the address is kept that a slot's tensor map has. */
  private int held(int slot) {
    return scratch() + SCRATCH + slot / SLOT * Long.BYTES;
  }

  private void copyIn(LaunchTemplate template, List<KernelArg> args, GemmOperands operands) {
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
        copyIn(template, i, map.map(), operands);
      } else if (arg instanceof KernelArg.Address address) {
        memory.putLong(slot, address.value());
      } else if (arg instanceof KernelArg.Int value) {
        memory.putInt(slot, value.value());
      }
      memory.putLong(pointers + i * Long.BYTES, base + slot);
    }
    LaunchPlan plan = template.plan();
    int config = scratch() + CONFIG;
    memory.putInt(config, plan.grid()).putInt(config + 4, 1).putInt(config + 8, 1);
    memory.putInt(config + 12, plan.threads()).putInt(config + 16, 1).putInt(config + 20, 1);
    memory.putInt(config + 24, plan.smemBytes());
  }

  private void copyIn(LaunchTemplate template, int arg, TensorMap map, GemmOperands operands) {
    int slot = arg * SLOT;
    byte[] known = template.encoded(arg);
    if (known == null) {
      // The first time it is encoded at a real address: a made-up one the driver might refuse.
      long address = template.isBound(arg) ? template.address(arg, operands) : map.address();
      encode(map, address, slot);
      memory.putLong(held(slot), address);
      byte[] bytes = new byte[SLOT];
      memory.get(slot, bytes);
      template.encoded(arg, bytes);
    } else {
      memory.put(slot, known);
      memory.putLong(held(slot), UNKNOWN);
    }
  }

  /** The 128 bytes of an argument that was laid out. */
  byte[] argument(int index) {
    byte[] bytes = new byte[SLOT];
    memory.get(index * SLOT, bytes);
    return bytes;
  }

  /** The address of the array of pointers to the arguments that were laid out. */
  long params() {
    return base + pointers();
  }

  /** The address of the CUlaunchConfig of the launch that was laid out. */
  public long config(long stream, boolean overlap) {
    int scratch = scratch();
    memory.putLong(scratch + CONFIG_STREAM, stream);
    memory.putLong(scratch + CONFIG_ATTRIBUTES, base + scratch + ATTRIBUTE);
    memory.putInt(scratch + CONFIG_COUNT, overlap ? 1 : 0);
    memory.putInt(scratch + ATTRIBUTE, DEPENDENT_LAUNCH);
    memory.putInt(scratch + ATTRIBUTE + 8, 1);
    return base + scratch + CONFIG;
  }

  /** Encodes a tensor map; its 128 bytes. */
  byte[] encoded(TensorMap map) {
    laidOut = null;
    encode(map, map.address(), 0);
    byte[] bytes = new byte[SLOT];
    memory.get(0, bytes);
    return bytes;
  }

  private void encode(TensorMap map, long address, int slot) {
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
    maps.encode(
        base + slot,
        dataType(map.type()),
        rank,
        address,
        at + DIMS,
        at + STRIDES,
        at + BOX,
        at + ELEMENT_STRIDES,
        swizzle(map.swizzle()),
        l2Promotion(map.l2Promotion()));
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
