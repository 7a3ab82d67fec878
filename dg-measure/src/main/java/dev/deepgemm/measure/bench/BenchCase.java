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

  /** Fewest bytes that a launch moves: every input read once, every output written once. */
  public double bytes() {
    GemmDesc desc = desc();
    double m = shape.m();
    double n = shape.n();
    double k = shape.k();
    double bytes = (m * k + n * k) * desc.aType().bytes() + m * n * desc.dType().bytes();
    if (desc.scaling().isScaled()) {
      double kBlocks = IntMath.cdiv(shape.k(), ScaleScheme.BLOCK);
      double nBlocks = IntMath.cdiv(shape.n(), ScaleScheme.BLOCK);
      bytes += (m * kBlocks + nBlocks * kBlocks) * Float.BYTES;
    }
    return bytes;
  }

  @Override
  public String toString() {
    return kind + " " + shape;
  }
}
