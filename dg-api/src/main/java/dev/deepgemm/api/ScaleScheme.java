package dev.deepgemm.api;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How quantised operands are scaled: how many elements share a scale, and how a scale is stored.
 *
 * <p>"1D" and "2D" are DeepGEMM's words: a scale for a run of k in one row is one-dimensional, one for
 * a square block of rows and k two-dimensional.
 *
 * @param a elements of A that share a scale
 * @param b elements of B that share a scale
 * @param format type of a scale
 */
public record ScaleScheme(Granularity a, Granularity b, Format format) {
  /** Extent along k of the blocks of every scheme that DeepGEMM has on Hopper, elements. */
  public static final int BLOCK = 128;

  /** Operands that are not scaled, such as BF16. */
  public static final ScaleScheme NONE =
      new ScaleScheme(Granularity.WHOLE, Granularity.WHOLE, Format.NONE);

  /** FP32 scales: A has one per row and 128 of k, and so has B. */
  public static final ScaleScheme FP32_1D1D =
      new ScaleScheme(Granularity.ROW_128, Granularity.ROW_128, Format.FP32);

  /** FP32 scales: A has one per row and 128 of k, B one per block of 128 x 128. */
  public static final ScaleScheme FP32_1D2D =
      new ScaleScheme(Granularity.ROW_128, Granularity.BLOCK_128, Format.FP32);

  /** Power-of-two scales: A and B have one per row and 128 of k. */
  public static final ScaleScheme UE8M0_1D1D =
      new ScaleScheme(Granularity.ROW_128, Granularity.ROW_128, Format.UE8M0);

  /** The schemes that have a name of their own. */
  public static final List<ScaleScheme> NAMED = List.of(NONE, FP32_1D1D, FP32_1D2D, UE8M0_1D1D);

  /** Checks that blocks have an extent exactly where there are scales. */
  public ScaleScheme {
    boolean scaled = format != Format.NONE;
    if (scaled != a.isBlock() || scaled != b.isBlock()) {
      throw new IllegalArgumentException(
          "scales of format "
              + format
              + " for "
              + a
              + " and "
              + b
              + "; legal: NONE without blocks, any other format with blocks on both sides");
    }
  }

  /** How a scale is stored. */
  public enum Format {
    /** There are no scales. */
    NONE,
    /** IEEE binary32. */
    FP32,
    /** An exponent of 8 bits, for powers of two; four of them in an int32. */
    UE8M0
  }

  /**
   * The block of elements that shares a scale.
   *
   * @param mn rows (of A, or of B as [n, k])
   * @param k elements along k
   */
  public record Granularity(int mn, int k) {
    /** No scale at all. */
    public static final Granularity WHOLE = new Granularity(0, 0);

    /** One row, 128 of k. */
    public static final Granularity ROW_128 = new Granularity(1, BLOCK);

    /** 128 rows, 128 of k. */
    public static final Granularity BLOCK_128 = new Granularity(BLOCK, BLOCK);

    /** Checks that both extents are positive, or both 0. */
    public Granularity {
      if (mn < 0 || k < 0 || (mn == 0) != (k == 0)) {
        throw new IllegalArgumentException(
            "blocks of " + mn + " x " + k + "; legal: 1 or more of each, or none");
      }
    }

    boolean isBlock() {
      return mn > 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Granularity that && mn == that.mn && k == that.k;
    }

    @Override
    public int hashCode() {
      return 31 * mn + k;
    }
  }

  /** Whether there are scales. */
  public boolean isScaled() {
    return format != Format.NONE;
  }

  /**
   * The scheme in short, as kernel names and the command have it: {@code 1d1d}, {@code 1d2d}, {@code
   * no_sf}; FP32 goes without saying.
   */
  public String shortName() {
    if (!isScaled()) {
      return "no_sf";
    }
    String name = shortName(a) + shortName(b);
    if (a.k != BLOCK || b.k != BLOCK) {
      name += "_k" + a.k + (a.k == b.k ? "" : "x" + b.k);
    }
    return format == Format.FP32 ? name : name + "_" + format.name().toLowerCase(Locale.ROOT);
  }

  /** What DeepGEMM's tables call a kernel with this scheme; the format is no part of it. */
  public String deepGemmName() {
    return isScaled()
        ? "KERNEL_" + (dimensions(a) + dimensions(b)).toUpperCase(Locale.ROOT)
        : "KERNEL_NO_SF";
  }

  /**
   * The scheme of a short name or of DeepGEMM's name; DeepGEMM's mean FP32.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static ScaleScheme named(String name) {
    for (ScaleScheme scheme : NAMED) {
      if (scheme.shortName().equals(name.toLowerCase(Locale.ROOT))
          || scheme.deepGemmName().equals(name.toUpperCase(Locale.ROOT))) {
        return scheme;
      }
    }
    throw new IllegalArgumentException(
        "no scale scheme \""
            + name
            + "\"; legal: "
            + String.join(", ", NAMED.stream().map(ScaleScheme::shortName).toList())
            + ", KERNEL_1D1D, KERNEL_1D2D, KERNEL_NO_SF");
  }

  /** A block of other rows than DeepGEMM's 128 says how many. */
  private static String shortName(Granularity granularity) {
    boolean usual = granularity.mn == 1 || granularity.mn == BLOCK;
    return dimensions(granularity) + (usual ? "" : granularity.mn);
  }

  private static String dimensions(Granularity granularity) {
    return granularity.mn == 1 ? "1d" : "2d";
  }

  /** Written out like that of {@link GemmDesc}, and for the same reason. */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof ScaleScheme that
            && format == that.format
            && a.equals(that.a)
            && b.equals(that.b));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * a.hashCode() + b.hashCode()) + format.ordinal();
  }

  @Override
  public String toString() {
    return shortName();
  }
}
