package dev.deepgemm.reference;

/** bfloat16: the upper 16 bits of an IEEE 754 binary32. */
public final class Bfloat16 {
  /**
   * Half a unit in the last place, relative: the most that rounding to bfloat16 changes a value.
   */
  public static final double HALF_ULP = 0x1p-8;

  private Bfloat16() {}

  /** The value of a code; exact. */
  public static float decode(short code) {
    return Float.intBitsToFloat(code << 16);
  }

  /** The nearest code, ties to even; overflow gives an infinity, NaN stays NaN. */
  public static short encode(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int half = 0x7FFF + ((bits >>> 16) & 1);
    return (short) ((bits + half) >>> 16);
  }

  /** {@code value} rounded to bfloat16. */
  public static float round(float value) {
    return decode(encode(value));
  }
}
