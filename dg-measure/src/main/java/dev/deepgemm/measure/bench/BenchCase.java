package dev.deepgemm.measure.bench;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.Scaling;

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
    double bytes = (m * k + n * k) * desc.abType().bytes() + m * n * desc.cdType().bytes();
    if (desc.scaling() != Scaling.KERNEL_NO_SF) {
      double kBlocks = IntMath.cdiv(shape.k(), Scaling.GRANULARITY);
      double nBlocks = IntMath.cdiv(shape.n(), Scaling.GRANULARITY);
      bytes += (m * kBlocks + nBlocks * kBlocks) * Float.BYTES;
    }
    return bytes;
  }

  @Override
  public String toString() {
    return kind + " " + shape;
  }
}
