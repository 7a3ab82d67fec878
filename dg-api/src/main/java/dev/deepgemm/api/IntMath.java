package dev.deepgemm.api;

/** The integer functions that every tile computation needs. Operands must be positive. */
public final class IntMath {
  private IntMath() {}

  /** {@code a / b}, rounded up. */
  public static int cdiv(int a, int b) {
    return (int) (((long) a + b - 1) / b);
  }

  /** {@code x} rounded up to a multiple of {@code a}. */
  public static int align(int x, int a) {
    return Math.multiplyExact(cdiv(x, a), a);
  }

  /** Greatest common divisor. */
  public static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
