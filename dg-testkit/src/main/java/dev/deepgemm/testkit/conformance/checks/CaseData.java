package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.reference.Float8;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import java.util.SplittableRandom;

/**
 * Inputs whose product is exact.
 *
 * <p>Integers from -2 to 2 have products of at most 4, so sums over a few thousand of k are exact
 * in every accumulator, those of Hopper's FP8 instructions (14 bits) included. Any deviation is then
 * an element in the wrong place and no rounding. Scales are powers of two within 2^-2 to 2^2, which
 * keeps sums within the 24 bits of FP32.
 */
final class CaseData {
  /** A NaN of every type, for the padding of rows: what is read from there shows in D. */
  private static final byte NAN = (byte) 0xFF;

  private static final int MAX_INTEGER = 2;
  private static final int MAX_EXPONENT = 2;
  private static final float SMALLEST_BF16 = 0x1p-133f;
  private static final float SMALLEST_FP8 = 0x1p-9f;
  private static final float LARGEST_BF16 = 0x1.FEp127f;

  private CaseData() {}

  static GemmData of(NumericCase test) {
    GemmDesc desc = test.desc();
    long seed = desc.hashCode();
    return switch (test.inputs()) {
      case RANDOM -> GemmData.random(desc, seed);
      case INTEGERS -> integers(desc, seed, 0);
      case SCALED -> integers(desc, seed, MAX_EXPONENT);
      case NOT_FINITE -> notFinite(integers(desc, seed, 0));
      case EXTREME -> extreme(integers(desc, seed, 0));
    };
  }

  private static GemmData integers(GemmDesc desc, long seed, int exponents) {
    SplittableRandom random = new SplittableRandom(seed);
    HostMatrix a = HostMatrix.padded(desc.aType(), desc.m(), desc.k()).fill(NAN);
    HostMatrix b = HostMatrix.padded(desc.aType(), desc.n(), desc.k()).fill(NAN);
    fill(a, random);
    fill(b, random);
    HostMatrix sfa = null;
    HostMatrix sfb = null;
    if (desc.scaling().isScaled()) {
      int blocks = IntMath.cdiv(desc.k(), ScaleScheme.BLOCK);
      int rows = IntMath.cdiv(desc.n(), ScaleScheme.BLOCK);
      HostMatrix padded = HostMatrix.padded(DataType.FP32, blocks, desc.m()).fill(NAN);
      sfa = scales(padded, random, exponents);
      sfb = scales(HostMatrix.strided(DataType.FP32, rows, blocks, blocks), random, exponents);
    }
    return new GemmData(a, b, sfa, sfb);
  }

  private static void fill(HostMatrix matrix, SplittableRandom random) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int col = 0; col < matrix.cols(); col++) {
        matrix.set(row, col, random.nextInt(-MAX_INTEGER, MAX_INTEGER + 1));
      }
    }
  }

  private static HostMatrix scales(HostMatrix scales, SplittableRandom random, int exponents) {
    for (int row = 0; row < scales.rows(); row++) {
      for (int col = 0; col < scales.cols(); col++) {
        scales.set(row, col, Math.scalb(1f, random.nextInt(-exponents, exponents + 1)));
      }
    }
    return scales;
  }

  /** NaN in the last row of both operands, infinities (BF16) in the first row of A. */
  private static GemmData notFinite(GemmData data) {
    data.a().set(data.m() - 1, data.k() - 1, Float.NaN);
    data.b().set(data.n() - 1, 0, Float.NaN);
    if (data.a().type() == DataType.BF16) {
      data.a().set(0, data.k() / 2, Float.POSITIVE_INFINITY);
      data.b().set(0, data.k() / 3, Float.NEGATIVE_INFINITY);
    }
    return data;
  }

  /**
   * Row 0 of A is zero; row 1 has one subnormal; in row 2 and in row 2 of B every element (FP8) or
   * one element (BF16) is the largest finite value. The BF16 largest value meets only -1, 0 and 1,
   * whose products are finite.
   */
  private static GemmData extreme(GemmData data) {
    HostMatrix a = data.a();
    boolean fp8 = a.type() == DataType.FP8_E4M3;
    int k = data.k();
    clear(a, 0);
    clear(a, 1);
    a.set(1, k - 1, fp8 ? SMALLEST_FP8 : SMALLEST_BF16);
    if (fp8) {
      for (int col = 0; col < k; col++) {
        a.set(2, col, Float8.MAX);
        data.b().set(2, col, Float8.MAX);
      }
    } else {
      clear(a, 2);
      a.set(2, 3, LARGEST_BF16);
      for (int row = 0; row < data.n(); row++) {
        data.b().set(row, 3, Math.signum(data.b().get(row, 3)));
      }
    }
    return data;
  }

  private static void clear(HostMatrix matrix, int row) {
    for (int col = 0; col < matrix.cols(); col++) {
      matrix.set(row, col, 0);
    }
  }
}
