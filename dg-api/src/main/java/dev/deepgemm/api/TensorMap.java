package dev.deepgemm.api;

import java.util.ArrayList;
import java.util.List;

/**
 * A tensor map as a value: what TMA needs to know to copy a box of a tensor. {@code dg-jit} encodes
 * it for the driver, the emulator interprets it, and both get it from the architecture plugin.
 *
 * <p>Dimension 0 is the innermost, contiguous one.
 *
 * @param type element type
 * @param address device address of the first element; a multiple of 16
 * @param dims extents in elements, innermost first; 1 to 5 of them
 * @param strides distance in bytes between consecutive indexes of dimension 1, 2, ...; multiples of
 *     16
 * @param box extents of one copy in elements, each 1 to 256
 * @param swizzle shared-memory swizzle
 * @param l2Promotion granularity of L2 fetches in bytes: 0, 64, 128, 256
 */
public record TensorMap(
    Element type,
    long address,
    List<Long> dims,
    List<Long> strides,
    List<Integer> box,
    Swizzle swizzle,
    int l2Promotion) {

  private static final long MAX_STRIDE = 1L << 40;
  private static final List<Integer> L2_PROMOTIONS = List.of(0, 64, 128, 256);

  /** Element types of a tensor map that the library uses; FP8 travels as bytes. */
  public enum Element {
    /** Unsigned byte; also the carrier of FP8. */
    U8(1),
    /** bfloat16. */
    BF16(2),
    /** binary32. */
    FP32(4);

    private final int bytes;

    Element(int bytes) {
      this.bytes = bytes;
    }

    /** Size in bytes. */
    public int bytes() {
      return bytes;
    }

    /** How elements of {@code type} travel. */
    public static Element of(DataType type) {
      return switch (type) {
        case FP8_E4M3 -> U8;
        case BF16 -> BF16;
        case FP32 -> FP32;
      };
    }
  }

  /**
   * Shared-memory swizzle: 16-byte chunk index XOR row index, within a pattern that repeats every 8
   * rows of 128 bytes.
   */
  public enum Swizzle {
    /** Rows of the box lie one behind the other. */
    NONE(0),
    /** The inner box extent is at most 32 bytes. */
    B32(32),
    /** The inner box extent is at most 64 bytes. */
    B64(64),
    /** The inner box extent is at most 128 bytes. */
    B128(128);

    private final int bytes;

    Swizzle(int bytes) {
      this.bytes = bytes;
    }

    /** Width of the pattern in bytes, 0 for none. */
    public int bytes() {
      return bytes;
    }

    /** The swizzle of that width; 0 and 16 are {@link #NONE}. */
    public static Swizzle ofBytes(int bytes) {
      return switch (bytes) {
        case 0, 16 -> NONE;
        case 32 -> B32;
        case 64 -> B64;
        case 128 -> B128;
        default ->
            throw new IllegalArgumentException(
                "swizzle of " + bytes + " bytes; legal: 0, 16, 32, 64, 128");
      };
    }
  }

  /** Copies the lists and checks every rule that the driver would answer with "invalid value". */
  public TensorMap {
    dims = List.copyOf(dims);
    strides = List.copyOf(strides);
    box = List.copyOf(box);
    InvalidGemmException.throwIfAny(
        problems(type, address, dims, strides, box, swizzle, l2Promotion));
  }

  /** The same map of a tensor elsewhere. */
  public TensorMap at(long other) {
    return new TensorMap(type, other, dims, strides, box, swizzle, l2Promotion);
  }

  /** Bytes that one copy of the whole box moves, out-of-bounds elements included. */
  public int boxBytes() {
    return box.stream().reduce(1, Math::multiplyExact) * type.bytes();
  }

  private static List<Problem> problems(
      Element type,
      long address,
      List<Long> dims,
      List<Long> strides,
      List<Integer> box,
      Swizzle swizzle,
      int l2Promotion) {
    List<Problem> found = new ArrayList<>();
    int rank = dims.size();
    if (rank < 1 || rank > 5 || box.size() != rank || strides.size() != rank - 1) {
      found.add(
          Problem.of(
              "DG-TMA-01",
              "%d dims, %d strides, %d box extents; legal: 1 to 5 dims, one stride fewer, as many"
                  + " box extents",
              rank,
              strides.size(),
              box.size()));
      return found;
    }
    if (address % 16 != 0 || address == 0) {
      found.add(
          Problem.of(
              "DG-TMA-02", "address 0x%x; TMA needs a non-null multiple of 16 bytes", address));
    }
    for (int i = 0; i < rank; i++) {
      long dim = dims.get(i);
      if (dim < 1 || dim > 1L << 32) {
        found.add(Problem.of("DG-TMA-03", "dim %d is %,d; legal: 1 to 2^32", i, dim));
      }
      if (box.get(i) < 1 || box.get(i) > 256) {
        found.add(Problem.of("DG-TMA-04", "box %d is %d; legal: 1 to 256", i, box.get(i)));
      }
      if (i > 0
          && (strides.get(i - 1) % 16 != 0
              || strides.get(i - 1) < 0
              || strides.get(i - 1) >= MAX_STRIDE)) {
        found.add(
            Problem.of(
                "DG-TMA-05",
                "stride of dim %d is %,d bytes; TMA needs a multiple of 16 below 2^40: pad the rows",
                i,
                strides.get(i - 1)));
      }
    }
    int inner = box.get(0) * type.bytes();
    if (inner % 16 != 0 || (swizzle != Swizzle.NONE && inner > swizzle.bytes())) {
      found.add(
          Problem.of(
              "DG-TMA-06",
              "inner box extent is %d bytes with swizzle %s; legal: a multiple of 16%s",
              inner,
              swizzle,
              swizzle == Swizzle.NONE ? "" : ", at most " + swizzle.bytes()));
    }
    if (!L2_PROMOTIONS.contains(l2Promotion)) {
      found.add(
          Problem.of(
              "DG-TMA-07", "L2 promotion is %d bytes; legal: %s", l2Promotion, L2_PROMOTIONS));
    }
    return found;
  }
}
