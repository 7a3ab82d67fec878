package dev.deepgemm.ptx.smem;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;

/**
 * A named part of shared memory: {@code count} slots of equal size.
 *
 * @param name for messages
 * @param offset of the first slot from the start of dynamic shared memory, bytes
 * @param stride from slot to slot, bytes
 * @param count number of slots
 */
public record SmemRegion(String name, int offset, int stride, int count) {
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

  /** First byte behind the region. */
  public int end() {
    return offset + stride * count;
  }
}
