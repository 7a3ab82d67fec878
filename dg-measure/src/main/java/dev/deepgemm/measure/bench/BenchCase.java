package dev.deepgemm.measure.bench;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.ScaleScheme;

/** One product that is checked and timed. */
public record BenchCase(BenchKind kind, BenchShape shape) {
  public GemmDesc desc() {
    return kind.desc(shape);
  }

  public double flops() {
    return desc().flops();
  }

  /**
   * Fewest bytes that a launch moves: every input read once, C among them where the product is added to it,
   * and every output written once.
   */
  public double bytes() {
    GemmDesc desc = desc();
    double m = shape.m();
    double n = shape.n();
    double k = shape.k();
    double ofD = m * n * desc.dType().bytes();
    double bytes = m * k * desc.aType().bytes() + n * k * desc.bType().bytes() + ofD;
    if (desc.accumulate()) {
      bytes += ofD;
    }
    ScaleScheme scaling = desc.scaling();
    if (scaling.isScaled()) {
      bytes += scales(shape.m(), scaling.a()) + scales(shape.n(), scaling.b());
    }
    return bytes;
  }

  /** Bytes of the FP32 scales of an operand. */
  private double scales(int rows, ScaleScheme.Granularity granularity) {
    double along = IntMath.cdiv(shape.k(), granularity.k());
    return IntMath.cdiv(rows, granularity.mn()) * along * Float.BYTES;
  }

  @Override
  public String toString() {
    return kind + " " + shape;
  }
}
