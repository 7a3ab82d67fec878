package dev.deepgemm.ptx.smem;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;

/** A named part of shared memory, slots of equal size; {@link SmemLayout} places it. */
public final class SmemRegion {
  private final String name;
  private final int offset;
  private final int stride;
  private final int count;

  SmemRegion(String name, int offset, int stride, int count) {
    this.name = name;
    this.offset = offset;
    this.stride = stride;
    this.count = count;
  }

  /** Its name, for messages. */
  public String name() {
    return name;
  }

  /** Bytes from the start of dynamic shared memory to the first slot. */
  public int offset() {
    return offset;
  }

  /** Bytes from slot to slot. */
  public int stride() {
    return stride;
  }

  /** Number of slots. */
  public int count() {
    return count;
  }

  /** First byte behind the region. */
  public int end() {
    return offset + stride * count;
  }

  /** Address of the only slot. */
  public SmemAddress at(Code code, SmemAddress base) {
    if (count != 1) {
      throw new IllegalStateException(name + " has " + count + " slots: say which");
    }
    return first(code, base);
  }

  /** Address of the first slot. */
  public SmemAddress first(Code code, SmemAddress base) {
    return code.add(base, offset);
  }

  /** Address of a slot. */
  public SmemAddress at(Code code, SmemAddress base, U32 slot) {
    return code.mad(slot, stride, code.add(base, offset));
  }

  @Override
  public String toString() {
    return String.format("%,7d %s %d x %,d", offset, name, count, stride);
  }
}
