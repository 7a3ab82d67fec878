package dev.deepgemm.emulator;

/**
 * How a tensor-core instruction adds its products to the accumulator. PTX leaves precision and
 * order to the implementation; products of the narrow types are exact in every model.
 */
public enum AccumulationModel {
  /**
   * The products of one instruction are added in binary64 and, together with the accumulator,
   * rounded once to binary32. Deterministic, and at least as precise as any hardware.
   */
  FP32,

  /**
   * What is known of Hopper's FP8 path, from published measurements: in each instruction all
   * products and the accumulator are aligned to the largest of their exponents, and what lies more
   * than 13 bits below it is cut off. Types other than FP8 are added as in {@link #FP32}.
   */
  HOPPER_FP8;

  private static final int FRACTION_BITS = 13;

  /**
   * {@code accumulator += a * b}.
   *
   * @param accumulator {@code [m][n]}
   * @param a {@code [m][k]}
   * @param b {@code [n][k]}
   */
  void multiply(float[] accumulator, float[] a, float[] b, int m, int n, int k, ElementType type) {
    if (this == HOPPER_FP8 && type == ElementType.E4M3) {
      truncated(accumulator, a, b, m, n, k);
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

  private static void truncated(float[] accumulator, float[] a, float[] b, int m, int n, int k) {
    float[] products = new float[k];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float old = accumulator[i * n + j];
        float largest = Math.abs(old);
        boolean finite = Float.isFinite(old);
        for (int x = 0; x < k; x++) {
          float product = a[i * k + x] * b[j * k + x]; // exact: 8 significant bits
          products[x] = product;
          largest = Math.max(largest, Math.abs(product));
          finite &= !Float.isNaN(product);
        }
        accumulator[i * n + j] = finite ? aligned(old, products, largest) : Float.NaN;
      }
    }
  }

  private static float aligned(float old, float[] products, float largest) {
    if (largest == 0) {
      return 0;
    }
    int exponent = Math.getExponent(largest) - FRACTION_BITS;
    double scale = Math.scalb(1.0, -exponent);
    long sum = (long) (old * scale); // a cast cuts towards zero
    for (float product : products) {
      sum += (long) (product * scale);
    }
    return (float) Math.scalb((double) sum, exponent);
  }
}
