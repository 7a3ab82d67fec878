package dev.deepgemm.ptx.smem;

import dev.deepgemm.api.TensorMap.Swizzle;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;

/**
 * A wgmma operand in shared memory: K-major, swizzled, rows of exactly one swizzle width.
 *
 * <p>The 64 bits: start address / 16 (bits 0 to 13), leading offset / 16 (16 to 29, unused by
 * swizzled K-major operands, 1 by convention), stride between groups of 8 rows / 16 (32 to 45),
 * swizzle mode (62 and 63). The upper half is a constant, the lower half one addition away from an
 * address, so the two halves are computed apart and joined per instruction.
 */
public final class SmemDescriptor {
  private static final int ROWS_PER_GROUP = 8;
  private static final int UNUSED_LEADING_OFFSET = 1 << 16;

  private final Code code;
  private final U32 low;
  private final U32 high;

  private SmemDescriptor(Code code, U32 low, U32 high) {
    this.code = code;
    this.low = low;
    this.high = high;
  }

  /**
   * Describes a tile.
   *
   * @param address of row 0; a multiple of 8 rows
   * @param swizzle its width is also the length of a row in bytes
   */
  public static SmemDescriptor kMajor(Code code, U32 address, Swizzle swizzle) {
    int mode =
        switch (swizzle) {
          case B128 -> 1;
          case B64 -> 2;
          case B32 -> 3;
          case NONE ->
              throw new IllegalArgumentException(
                  "K-major operands of this library are swizzled; legal: B32, B64, B128");
        };
    int stride = ROWS_PER_GROUP * swizzle.bytes() / 16;
    U32 low = code.add(code.shr(address, 4), UNUSED_LEADING_OFFSET);
    return new SmemDescriptor(code, low, code.u32(mode << 30 | stride));
  }

  /**
   * The descriptor of another such tile: the {@code index}-th of those that lie {@code stride} bytes apart,
   * this being the 0th. One multiply-add in a loop, where describing each tile anew takes several.
   */
  public SmemDescriptor at(U32 index, int stride) {
    return new SmemDescriptor(code, code.mad(index, counted(stride), low), high);
  }

  /**
   * The descriptor for the atom that starts so many bytes along k within the swizzled row. The
   * hardware applies the swizzle to the address, so advancing is an addition.
   */
  public U64 alongK(int bytes) {
    return code.pack(code.add(low, counted(bytes)), high);
  }

  private static int counted(int bytes) {
    if (bytes % 16 != 0) {
      throw new IllegalArgumentException("a descriptor counts 16 bytes: " + bytes);
    }
    return bytes / 16;
  }
}
