package dev.deepgemm.emulator.internal.memory;

import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.emulator.internal.check.Fault;

/**
 * A wgmma descriptor of a matrix in shared memory.
 *
 * <p>The matrix is made of 16-byte chunks. In a K-major matrix a chunk holds consecutive k of one
 * row; in an MN-major one it holds consecutive rows of one k. The descriptor says where each chunk
 * is:
 *
 * <ul>
 *   <li>without swizzle, 8 chunks that follow each other in the other direction are contiguous (128
 *       bytes, the core matrix), and the two byte offsets lead to the next core matrix along each
 *       direction;
 *   <li>with a swizzle of w bytes, a line of w bytes holds w/16 chunks, 8 lines form an atom, and
 *       the chunk's place in the line is permuted on the bits of the final address.
 * </ul>
 *
 * @param start address of the first chunk, before the swizzle
 * @param leading leading-dimension byte offset
 * @param stride stride-dimension byte offset
 * @param swizzle swizzle mode
 */
public record SmemDescriptor(int start, int leading, int stride, TensorMap.Swizzle swizzle) {
  /** Bits that are in none of the fields. */
  private static final long RESERVED = 0x3ffL << 52 | 7L << 46 | 3L << 30 | 3L << 14;

  /**
   * The descriptor of those bits.
   *
   * <p>The rank in an address that was not masked arrives in the leading offset, and cannot be told from
   * one: an operand whose leading offset counts is then read from elsewhere. Bits outside of the fields
   * change nothing on an H200; the manual says nothing of them, and whoever sets them meant something
   * else.
   */
  public static SmemDescriptor of(long bits) {
    if ((bits & RESERVED) != 0) {
      throw new Fault(
          "DG-EMU-42",
          "descriptor 0x%x: bits 0x%x are in none of its fields; mask addresses to 18 bits and"
              + " offsets to 14 bits of 16-byte units",
          bits,
          bits & RESERVED);
    }
    int base = (int) (bits >>> 49) & 7;
    if (base != 0) {
      throw new Fault(
          "DG-EMU-42", "descriptor 0x%x: a base offset of %d is not modelled; use 0", bits, base);
    }
    TensorMap.Swizzle swizzle =
        switch ((int) (bits >>> 62)) {
          case 1 -> TensorMap.Swizzle.B128;
          case 2 -> TensorMap.Swizzle.B64;
          case 3 -> TensorMap.Swizzle.B32;
          default -> TensorMap.Swizzle.NONE;
        };
    return new SmemDescriptor(field(bits), field(bits >>> 16), field(bits >>> 32), swizzle);
  }

  private static int field(long bits) {
    return (int) (bits & 0x3fff) << 4;
  }

  /** Address of a chunk of a K-major matrix: row {@code mn}, 16-byte chunk {@code c} along k. */
  public int kMajor(int mn, int c) {
    int group = mn / 8 * stride;
    if (swizzle == TensorMap.Swizzle.NONE) {
      return start + group + mn % 8 * 16 + c * leading;
    }
    return Swizzle.apply(swizzle, start + group + mn % 8 * swizzle.bytes() + c * 16);
  }

  /** Address of a chunk of an MN-major matrix: chunk {@code c} along the rows, one {@code k}. */
  public int mnMajor(int c, int k) {
    if (swizzle == TensorMap.Swizzle.NONE) {
      return start + c * stride + k % 8 * 16 + k / 8 * leading;
    }
    int chunks = swizzle.bytes() / 16;
    int line = k % 8 * swizzle.bytes() + k / 8 * stride;
    return Swizzle.apply(swizzle, start + c / chunks * leading + c % chunks * 16 + line);
  }
}
