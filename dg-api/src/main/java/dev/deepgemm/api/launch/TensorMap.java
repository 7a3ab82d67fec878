package dev.deepgemm.api.launch;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor map as a value: what TMA needs to know to copy a box of a tensor. {@code dg-jit} encodes
 * it for the driver, the emulator interprets it, and both get it from the architecture plugin.
 *
 * <p>Dimension 0 is the innermost, contiguous one.
 *
 * <p>Immutable; made by a {@link #builder}, which refuses what the driver would answer with "invalid value".
 */
public final class TensorMap {

  private static final long MAX_STRIDE = 1L << 40;
  private static final List<Integer> L2_PROMOTIONS = List.of(0, 64, 128, 256);

  private final Element type;
  private final long address;
  private final List<Long> dims;
  private final List<Long> strides;
  private final List<Integer> box;
  private final Swizzle swizzle;
  private final int l2Promotion;

  private TensorMap(Builder parts) {
    type = parts.type;
    address = parts.address;
    dims = List.copyOf(parts.dims);
    strides = List.copyOf(parts.strides);
    box = List.copyOf(parts.box);
    swizzle = parts.swizzle;
    l2Promotion = parts.l2Promotion;
  }

  /** A map of elements of a type, part by part. */
  public static Builder builder(Element type) {
    return new Builder(type);
  }

  /** A map that begins with all parts of this one. */
  public Builder toBuilder() {
    return new Builder(type)
        .address(address)
        .dims(dims)
        .strides(strides)
        .box(box)
        .swizzle(swizzle)
        .l2Promotion(l2Promotion);
  }

  /** The parts of a map. */
  public static final class Builder {
    private final Element type;
    private long address;
    private List<Long> dims = new ArrayList<>();
    private List<Long> strides = new ArrayList<>();
    private List<Integer> box = List.of();
    private Swizzle swizzle = Swizzle.NONE;
    private int l2Promotion;

    private Builder(Element type) {
      this.type = type;
    }

    /** Device address of the first element; a multiple of 16. */
    public Builder address(long first) {
      address = first;
      return this;
    }

    /** The innermost dimension, which is contiguous: its extent in elements. */
    public Builder dim(long extent) {
      dims.add(extent);
      return this;
    }

    /**
     * The next dimension.
     *
     * @param extent in elements
     * @param strideBytes distance between consecutive indexes in bytes; a multiple of 16
     */
    public Builder dim(long extent, long strideBytes) {
      dims.add(extent);
      strides.add(strideBytes);
      return this;
    }

    /** All extents in place of those that were added, innermost first. */
    public Builder dims(List<Long> extents) {
      dims = new ArrayList<>(extents);
      return this;
    }

    /** All strides in bytes in place of those that were added, from that of dimension 1 on. */
    public Builder strides(List<Long> bytes) {
      strides = new ArrayList<>(bytes);
      return this;
    }

    /** Extents of one copy in elements, innermost first, each 1 to 256. */
    public Builder box(int... extents) {
      return box(Arrays.stream(extents).boxed().toList());
    }

    /** Extents of one copy in elements, innermost first, each 1 to 256. */
    public Builder box(List<Integer> extents) {
      box = List.copyOf(extents);
      return this;
    }

    /** Shared-memory swizzle; none unless said otherwise. */
    public Builder swizzle(Swizzle pattern) {
      swizzle = pattern;
      return this;
    }

    /** Granularity of L2 fetches in bytes: 0, 64, 128, 256; 0 unless said otherwise. */
    public Builder l2Promotion(int bytes) {
      l2Promotion = bytes;
      return this;
    }

    /**
     * The map.
     *
     * @throws InvalidGemmException with every rule that it breaks ({@code DG-TMA-*})
     */
    public TensorMap build() {
      TensorMap map = new TensorMap(this);
      InvalidGemmException.throwIfAny(map.problems());
      return map;
    }
  }

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

  /** Element type. */
  public Element type() {
    return type;
  }

  /** Device address of the first element. */
  public long address() {
    return address;
  }

  /** Extents in elements, innermost first; 1 to 5 of them. */
  public List<Long> dims() {
    return dims;
  }

  /** Distance in bytes between consecutive indexes of dimension 1, 2, ... */
  public List<Long> strides() {
    return strides;
  }

  /** Extents of one copy in elements, each 1 to 256. */
  public List<Integer> box() {
    return box;
  }

  /** Shared-memory swizzle. */
  public Swizzle swizzle() {
    return swizzle;
  }

  /** Granularity of L2 fetches in bytes. */
  public int l2Promotion() {
    return l2Promotion;
  }

  /** The same map of a tensor elsewhere. */
  public TensorMap at(long other) {
    return toBuilder().address(other).build();
  }

  /** Bytes that one copy of the whole box moves, out-of-bounds elements included. */
  public int boxBytes() {
    return box.stream().reduce(1, Math::multiplyExact) * type.bytes();
  }

  private List<Problem> problems() {
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

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TensorMap that
        && address == that.address
        && type == that.type
        && dims.equals(that.dims)
        && strides.equals(that.strides)
        && box.equals(that.box)
        && swizzle == that.swizzle
        && l2Promotion == that.l2Promotion;
  }

  @Override
  public int hashCode() {
    int hash = Long.hashCode(address);
    hash = 31 * hash + type.ordinal();
    hash = 31 * hash + dims.hashCode();
    hash = 31 * hash + strides.hashCode();
    hash = 31 * hash + box.hashCode();
    hash = 31 * hash + swizzle.ordinal();
    return 31 * hash + l2Promotion;
  }

  @Override
  public String toString() {
    return "TensorMap[type="
        + type
        + ", address="
        + address
        + ", dims="
        + dims
        + ", strides="
        + strides
        + ", box="
        + box
        + ", swizzle="
        + swizzle
        + ", l2Promotion="
        + l2Promotion
        + ']';
  }
}
