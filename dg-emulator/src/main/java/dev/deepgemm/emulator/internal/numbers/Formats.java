package dev.deepgemm.emulator.internal.numbers;

/** Conversions between binary32 and the narrow formats, to nearest, ties to even. */
public final class Formats {
  private static final int E4M3_NAN = 0x7f;
  private static final double E4M3_MAX = 448;

  private Formats() {}

  public static float fromBf16(int bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  public static int toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return 0x7fff;
    }
    return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
  }

  public static int toBf16TowardsZero(float value) {
    return Float.isNaN(value) ? 0x7fff : Float.floatToRawIntBits(value) >>> 16;
  }

  public static float fromF16(int bits) {
    int exponent = bits >>> 10 & 31;
    int fraction = bits & 0x3ff;
    double magnitude =
        exponent == 31
            ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
            : exponent == 0
                ? Math.scalb((double) fraction, -24)
                : Math.scalb(1024.0 + fraction, exponent - 25);
    return (float) ((bits & 0x8000) != 0 ? -magnitude : magnitude);
  }

  public static int toF16(double value) {
    if (Double.isNaN(value)) {
      return 0x7fff;
    }
    int sign = Double.doubleToRawLongBits(value) < 0 ? 0x8000 : 0;
    double magnitude = Math.abs(value);
    if (magnitude >= 65520) {
      return sign | 0x7c00;
    }
    int exponent = Math.max(Math.getExponent(magnitude), -14);
    int units = (int) Math.rint(Math.scalb(magnitude, 10 - exponent));
    return sign | (exponent == -14 ? units : ((exponent + 14) << 10) + units);
  }

  /**
   * Exponent and fraction, put where binary32 has them, are the value scaled by 2^-120: the difference
   * of the biases. This holds for subnormals too, and multiplying by a power of two is exact.
   */
  public static float fromE4m3(int bits) {
    if ((bits & 0x7f) == E4M3_NAN) {
      return Float.NaN;
    }
    float magnitude = Float.intBitsToFloat((bits & 0x7f) << 20) * 0x1p120f;
    return (bits & 0x80) != 0 ? -magnitude : magnitude;
  }

  /** E4M3 has no infinity: what is too large becomes the largest finite value. */
  public static int toE4m3(float value) {
    if (Float.isNaN(value)) {
      return E4M3_NAN;
    }
    int sign = Float.floatToRawIntBits(value) < 0 ? 0x80 : 0;
    double magnitude = Math.min(Math.abs(value), E4M3_MAX);
    int exponent = Math.max(Math.getExponent(magnitude), -6);
    int units = (int) Math.rint(Math.scalb(magnitude, 3 - exponent));
    int bits = exponent == -6 ? units : ((exponent + 6) << 3) + units;
    return sign | Math.min(bits, 0x7e);
  }

  /**
   * A double as a float that a later rounding to fewer bits treats like the double itself: rounded
   * to odd, which keeps the fact that something was cut off.
   */
  public static float sticky(double value) {
    float near = (float) value;
    if (near == value || Double.isNaN(value) || Float.isInfinite(near)) {
      return near;
    }
    int bits = Float.floatToRawIntBits(near);
    if ((bits & 1) != 0) {
      return near;
    }
    boolean above = Math.abs((double) near) > Math.abs(value);
    return Float.intBitsToFloat(above ? bits - 1 : bits + 1);
  }

  /** Flushes a subnormal to zero of its sign. */
  public static float flush(float value) {
    return Math.abs(value) < Float.MIN_NORMAL ? Math.copySign(0f, value) : value;
  }
}
