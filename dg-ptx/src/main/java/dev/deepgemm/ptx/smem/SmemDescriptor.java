package dev.deepgemm.ptx.smem;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U64;

/**
 * How wgmma is told where an operand lies in shared memory: a swizzled matrix of m (or n) times k
 * elements, as TMA leaves it there.
 *
 * <p><b>The 64 bits</b>: start address (bits 0 to 13), leading byte offset (16 to 29), stride byte
 * offset (32 to 45), each in units of 16 bytes; base offset (49 to 51), 0 because every start is
 * aligned to the swizzle's period; swizzle mode (62 and 63). Here w is the width of the swizzle in
 * bytes. In both forms 8 lines of w bytes make an atom of the swizzle, the unit in which the hardware
 * counts; within an atom, 16-byte chunk c of line l lies at chunk c XOR l (scaled down where w is less
 * than 128).
 *
 * <p><b>K-major</b>: a line is a row of the operand, w bytes of consecutive k; one box of TMA, rows
 * one behind the other. The stride leads from 8 rows to the next 8, 8 w bytes. The leading offset is
 * not used; 1 by convention. The operand's extent along k is exactly one line.
 *
 * <p><b>MN-major</b>: a line is one k of the operand, w bytes of consecutive m (or n). One box of TMA
 * is w bytes wide and as many lines high as the slot has k; an operand that is wider than w bytes is
 * several boxes, one behind the other:
 *
 * <pre>
 *   box 0: k = 0      mn = 0 .. 63        (w = 128 bytes, BF16)
 *          k = 1      mn = 0 .. 63
 *          ...
 *          k = K - 1  mn = 0 .. 63
 *   box 1: k = 0      mn = 64 .. 127
 *          ...
 * </pre>
 *
 * The stride leads from 8 k to the next 8, 8 w bytes, and the leading offset from box to box, K w
 * bytes. (PTX ISA, canonical layouts of wgmma: ((T, w/16, boxes), (8, K/8)) : ((1, T, leading),
 * (w, stride)) in its notation, T elements to 16 bytes.)
 *
 * <p><b>Moving on.</b> The hardware swizzles the address that it has computed, so another part of
 * the same operand is an addition to the start. The upper half is a constant, the lower half one
 * addition away from an address: the two are computed apart and joined per instruction.
 */
public final class SmemDescriptor {
  private static final int ATOM_LINES = 8;
  private static final int UNIT = 16;
  private static final int UNUSED_LEADING_OFFSET = 1;
  private static final int FIELD_LIMIT = 1 << 14;

  /**
   * Bits of an address that a descriptor has room for. In a cluster there are more: the rank of the CTA stands above
   * bit 24, and would be added to the leading offset (seen on an H200: NaN in every kernel with MN-major B and
   * clusters, until it was masked).
   */
  private static final int ADDRESS_MASK = (1 << 18) - 1;

  private final Code code;
  private final Layout layout;
  private final U32 low;
  private final U32 high;
  private final int offset;

  /**
   * What is known when the kernel is emitted.
   *
   * @param type of the elements
   * @param major what a line holds consecutive elements of
   * @param line bytes of a line, the swizzle's width
   * @param k elements of k of the operand
   */
  private record Layout(DataType type, Major major, int line, int k) {
    int elementsPerLine() {
      return line / type.bytes();
    }

    /** Bytes from the start to another k. */
    int bytesAlongK(int elements) {
      check("k", elements, 0, k);
      int bytes = major == Major.K ? elements * type.bytes() : elements * line;
      int step = major == Major.K ? UNIT : ATOM_LINES * line;
      if (bytes % step != 0) {
        throw new IllegalArgumentException(
            String.format(
                "%d elements along k of a %s-major operand are %,d bytes; legal: multiples of %,d",
                elements, major, bytes, step));
      }
      return bytes;
    }

    /** Bytes from the start to another row (or column) of the operand. */
    int bytesAlongMn(int elements) {
      check("mn", elements, 0, Integer.MAX_VALUE);
      int step = major == Major.K ? ATOM_LINES : elementsPerLine();
      if (elements % step != 0) {
        throw new IllegalArgumentException(
            String.format(
                "%d elements along mn of a %s-major operand; legal: multiples of %d",
                elements, major, step));
      }
      return major == Major.K ? elements * line : elements / step * k * line;
    }

    private void check(String dimension, int elements, int from, int end) {
      if (elements < from || elements >= end) {
        throw new IllegalArgumentException(
            String.format(
                "%d elements along %s; legal: %d to %d", elements, dimension, from, end - 1));
      }
    }
  }

  private SmemDescriptor(Code code, Layout layout, U32 low, U32 high, int offset) {
    this.code = code;
    this.layout = layout;
    this.low = low;
    this.high = high;
    this.offset = offset;
  }

  /**
   * Describes a K-major operand: stored [mn, k], a row of k is as long as the swizzle is wide.
   *
   * @param address of row 0; a multiple of 8 rows
   * @param type of the elements
   * @param swizzle its width is also the length of a row in bytes
   */
  public static SmemDescriptor kMajor(
      Code code, SmemAddress address, DataType type, Swizzle swizzle) {
    int line = width(swizzle);
    Layout layout = new Layout(type, Major.K, line, line / type.bytes());
    return of(code, address, layout, swizzle, UNUSED_LEADING_OFFSET);
  }

  /**
   * Describes an MN-major operand: stored [k, mn], in boxes of the swizzle's width, each with all of
   * k, one behind the other.
   *
   * @param address of k = 0 of the first box; a multiple of 8 lines
   * @param type of the elements
   * @param swizzle its width is also that of a box in bytes
   * @param k lines of a box, a multiple of 8
   */
  public static SmemDescriptor mnMajor(
      Code code, SmemAddress address, DataType type, Swizzle swizzle, int k) {
    int line = width(swizzle);
    int box = k * line;
    if (k <= 0 || k % ATOM_LINES != 0 || box / UNIT >= FIELD_LIMIT) {
      throw new IllegalArgumentException(
          String.format(
              "boxes of %d k; legal: multiples of %d, at most %,d bytes per box",
              k, ATOM_LINES, (FIELD_LIMIT - 1) * UNIT));
    }
    return of(code, address, new Layout(type, Major.MN, line, k), swizzle, box / UNIT);
  }

  private static SmemDescriptor of(
      Code code, SmemAddress address, Layout layout, Swizzle swizzle, int leading) {
    int stride = ATOM_LINES * layout.line / UNIT;
    U32 bits = code.bits(address);
    if (layout.major == Major.MN) {
      // K-major operands have no use for the leading offset, whatever ends up there.
      bits = code.and(bits, ADDRESS_MASK);
    }
    U32 low = code.add(code.shr(bits, 4), leading << 16);
    return new SmemDescriptor(code, layout, low, code.u32(mode(swizzle) << 30 | stride), 0);
  }

  private static int width(Swizzle swizzle) {
    if (swizzle == Swizzle.NONE) {
      throw new IllegalArgumentException(
          "operands of this library are swizzled; legal: B32, B64, B128");
    }
    return swizzle.bytes();
  }

  private static int mode(Swizzle swizzle) {
    return switch (swizzle) {
      case B128 -> 1;
      case B64 -> 2;
      case B32 -> 3;
      case NONE -> 0;
    };
  }

  /** Type of the elements. */
  public DataType type() {
    return layout.type;
  }

  /** Which dimension is contiguous. */
  public Major major() {
    return layout.major;
  }

  /**
   * The same place in another such operand: the {@code index}-th of those that lie {@code stride}
   * bytes apart, this one's being the 0th. One multiply-add in a loop, where describing each anew takes
   * several.
   */
  public SmemDescriptor at(U32 index, int stride) {
    if (stride % UNIT != 0) {
      throw new IllegalArgumentException(
          "a descriptor counts " + UNIT + " bytes; operands are " + stride + " apart");
    }
    return new SmemDescriptor(code, layout, code.mad(index, stride / UNIT, low), high, offset);
  }

  /**
   * Further along k.
   *
   * @param elements from the operand's first k on: K-major a multiple of 16 bytes, MN-major of 8
   */
  public SmemDescriptor alongK(int elements) {
    return moved(layout.bytesAlongK(elements));
  }

  /**
   * Further along m (or n): the next slab of a large operand.
   *
   * @param elements K-major a multiple of 8, MN-major of the elements of a line
   */
  public SmemDescriptor alongMn(int elements) {
    return moved(layout.bytesAlongMn(elements));
  }

  private SmemDescriptor moved(int bytes) {
    return new SmemDescriptor(code, layout, low, high, offset + bytes / UNIT);
  }

  /** Emits the 64 bits. */
  public U64 pack() {
    return code.pack(code.add(low, offset), high);
  }
}
