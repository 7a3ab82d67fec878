package dev.deepgemm.measure.bench;

import dev.deepgemm.api.DataType;

/**
 * The two limits of a device, and with them a floor for any product's time.
 *
 * <p>Bandwidth is measured, because boards of one name differ in their memory: what a copy moves, bytes
 * read and bytes written. The arithmetic peak is one that a power-limited H100 comes near to on random
 * data, 1500 TFLOP/s in FP8 and half of that in BF16; the data sheet's 1979 is reached on zeros only.
 *
 * @param bytesPerSecond memory bandwidth
 * @param fp8 operations per second
 * @param bf16 operations per second
 */
public record Ceilings(double bytesPerSecond, double fp8, double bf16) {
  static final double FP8_PEAK = 1500e12;
  static final double BF16_PEAK = 750e12;

  /** With the given bandwidth and the usual peaks. */
  public static Ceilings of(double bytesPerSecond) {
    return new Ceilings(bytesPerSecond, FP8_PEAK, BF16_PEAK);
  }

  double peak(BenchKind kind) {
    return kind.signature().aType() == DataType.FP8_E4M3 ? fp8 : bf16;
  }

  /** No launch is faster, unless its inputs are in the cache. */
  public double floorMicros(BenchCase one) {
    return 1e6 * Math.max(one.bytes() / bytesPerSecond, one.flops() / peak(one.kind()));
  }
}
