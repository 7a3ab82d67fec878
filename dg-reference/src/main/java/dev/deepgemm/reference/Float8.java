package dev.deepgemm.reference;

/**
 * FP8 E4M3 (the "fn" variant that tensor cores use): one sign bit, four exponent bits with bias 7,
 * three mantissa bits, no infinities. {@code 0x7F} and {@code 0xFF} are NaN, the largest finite
 * value is 448, the smallest positive one 2^-9.
 *
 * <p>Written from the definition of the format and independent of the kernels, so that tests
 * compare two things that do not share a mistake.
 */
public final class Float8 {
  /** Largest finite value. */
  public static final float MAX = 448f;

  /** The NaN that {@link #encode} produces. */
  public static final byte NAN = 0x7F;

  private static final int BIAS = 7;
  private static final int MANTISSA_BITS = 3;
  private static final int SMALLEST_EXPONENT = 1 - BIAS;

  private Float8() {}

  /** The value of a code; exact. */
  public static float decode(byte code) {
    int magnitude = code & 0x7F;
    if (magnitude == 0x7F) {
      return Float.NaN;
    }
    int exponent = magnitude >> MANTISSA_BITS;
    int mantissa = magnitude & 7;
    float value =
        exponent == 0
            ? Math.scalb((float) mantissa, SMALLEST_EXPONENT - MANTISSA_BITS)
            : Math.scalb((float) (8 + mantissa), exponent - BIAS - MANTISSA_BITS);
    return code < 0 ? -value : value;
  }

  /**
   * The nearest code, ties to even; beyond the largest finite value it saturates, NaN stays NaN.
   */
  public static byte encode(float value) {
    if (Float.isNaN(value)) {
      return NAN;
    }
    int sign = (Float.floatToRawIntBits(value) >>> 31) << 7;
    float magnitude = Math.abs(value);
    if (magnitude >= MAX) {
      return (byte) (sign | 0x7E);
    }
    int exponent = Math.max(Math.getExponent(magnitude), SMALLEST_EXPONENT);
    // In units of the last place of this binade the value is below 16, so rounding it
    // is exact in double.
    int units = (int) Math.rint(Math.scalb((double) magnitude, MANTISSA_BITS - exponent));
    // Units of 8 to 15 are normal numbers; 16 carries into the next binade by itself, and so
    // does the largest subnormal into the smallest normal number.
    int code = units + (exponent - SMALLEST_EXPONENT) * 8;
    return (byte) (sign | code);
  }

  /** The values of all 256 codes, indexed by the code as an unsigned number. */
  public static float[] table() {
    float[] values = new float[256];
    for (int code = 0; code < values.length; code++) {
      values[code] = decode((byte) code);
    }
    return values;
  }
}
