package dev.deepgemm.emulator.internal.numbers;

/** The arithmetic of a tensor-core instruction: how it adds its products to the accumulator. */
public enum Accumulation {
  /** In binary64, and rounded once to binary32. */
  ROUNDED_ONCE,

  /** Aligned to the largest exponent and cut, before the sum and after it. */
  ALIGNED_AND_CUT;

  /** Bits below the largest exponent that a term keeps, and below its own that a sum keeps. */
  private record Bits(int aligned, int kept) {
    static final Bits FP8 = new Bits(13, 13);
    static final Bits WIDE = new Bits(25, 23);
  }

  /**
   * {@code accumulator += a * b}.
   *
   * @param accumulator {@code [m][n]}
   * @param a {@code [m][k]}
   * @param b {@code [n][k]}
   */
  public void multiply(
      float[] accumulator, float[] a, float[] b, int m, int n, int k, ElementType type) {
    if (this == ALIGNED_AND_CUT) {
      cut(accumulator, a, b, m, n, k, type == ElementType.E4M3 ? Bits.FP8 : Bits.WIDE);
    } else {
      exact(accumulator, a, b, m, n, k);
    }
  }

  private static void exact(float[] accumulator, float[] a, float[] b, int m, int n, int k) {
    double[] transposed = new double[k * n];
    for (int j = 0; j < n; j++) {
      for (int x = 0; x < k; x++) {
        transposed[x * n + j] = b[j * k + x];
      }
    }
    double[] sum = new double[n];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        sum[j] = accumulator[i * n + j];
      }
      for (int x = 0; x < k; x++) {
        double left = a[i * k + x];
        int row = x * n;
        for (int j = 0; j < n; j++) {
          sum[j] += left * transposed[row + j];
        }
      }
      for (int j = 0; j < n; j++) {
        accumulator[i * n + j] = (float) sum[j];
      }
    }
  }

  private static void cut(
      float[] accumulator, float[] a, float[] b, int m, int n, int k, Bits bits) {
    int[] exponentsOfA = exponents(a);
    int[] exponentsOfB = exponents(b);
    double[] products = new double[k];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float old = accumulator[i * n + j];
        int largest = exponent(old);
        double plain = old; // what comes out if a term is infinite or not a number
        for (int x = 0; x < k; x++) {
          double product = (double) a[i * k + x] * b[j * k + x];
          products[x] = product;
          plain += product;
          if (product != 0) {
            largest = Math.max(largest, exponentsOfA[i * k + x] + exponentsOfB[j * k + x]);
          }
        }
        accumulator[i * n + j] =
            Double.isFinite(plain) ? aligned(old, products, largest, bits) : (float) plain;
      }
    }
  }

  private static float aligned(float old, double[] products, int largest, Bits bits) {
    if (largest == NOTHING) {
      return old;
    }
    double unit = Math.scalb(1.0, largest - bits.aligned);
    double perUnit = 1 / unit;
    long sum = (long) (old * perUnit); // a cast cuts towards zero
    for (double product : products) {
      sum += (long) (product * perUnit);
    }
    int surplus = Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.abs(sum)) - bits.kept;
    if (surplus > 0) {
      long magnitude = Math.abs(sum) >>> surplus << surplus;
      sum = sum < 0 ? -magnitude : magnitude;
    }
    return (float) (sum * unit);
  }

  /** The exponent of a zero, below that of every other value. */
  private static final int NOTHING = Integer.MIN_VALUE;

  private static int[] exponents(float[] values) {
    int[] exponents = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      exponents[i] = exponent(values[i]);
    }
    return exponents;
  }

  /** The exponent of the leading bit, of binary32's subnormal values too. */
  private static int exponent(float value) {
    return value == 0 ? NOTHING : Math.getExponent((double) value);
  }
}
