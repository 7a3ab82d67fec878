package dev.deepgemm.measure;

import java.util.Arrays;
import java.util.Collection;

/**
 * Order statistics of a sample by the nearest-rank rule: every answer is one of the values, so that a
 * p99 of 85 kernels is a kernel that exists.
 */
public final class Percentiles {
  private final double[] sorted;

  private Percentiles(double[] sorted) {
    this.sorted = sorted;
  }

  public static Percentiles of(Collection<Double> values) {
    return of(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  public static Percentiles of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Percentiles(sorted);
  }

  public int count() {
    return sorted.length;
  }

  /** The smallest value that at least so many percent of the sample do not exceed; 0 of none. */
  public double at(double percent) {
    if (sorted.length == 0) {
      return 0;
    }
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
  }

  public double median() {
    return at(50);
  }

  public double max() {
    return at(100);
  }
}
