package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.reference.Float8;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.reference.InputMatrix;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Inputs whose product is exact.
 *
 * <p>Integers from -2 to 2 have products of at most 4, so sums over a few thousand of k are exact
 * in every accumulator, those of Hopper's FP8 instructions (14 bits) included. Any deviation is then
 * an element in the wrong place and no rounding. Scales are powers of two within 2^-2 to 2^2, which
 * keeps sums within the 24 bits of FP32. The padding of every row is NaN: what is read from there shows in
 * D.
 */
final class CaseData {
  private static final int MORE_BYTES = 16;
  private static final int MAX_INTEGER = 2;
  private static final int MAX_ADDED = 8;
  private static final int MAX_EXPONENT = 2;
  private static final float SMALLEST_BF16 = 0x1p-133f;
  private static final float SMALLEST_NORMAL_BF16 = 0x1p-126f;
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
    Map<OperandRole, HostMatrix> operands = GemmData.unset(desc);
    operands.replaceAll((role, matrix) -> role == OperandRole.C ? matrix : wider(matrix));
    // A BF16 product that is added to C may be rounded twice: small ones need no rounding at all.
    boolean small = desc.accumulate() && desc.dType() == DataType.BF16;
    operands.forEach(
        (role, matrix) -> {
          switch (role) {
            case A, B -> fill(matrix, random, small ? 1 : MAX_INTEGER);
            case C -> fill(matrix, random, MAX_ADDED);
            default -> fillScales(matrix, random, exponents);
          }
        });
    return new GemmData(desc.signature(), operands);
  }

  /** Every row has padding, also where its elements fill whole units. */
  private static HostMatrix wider(HostMatrix matrix) {
    int stride = matrix.stride() + MORE_BYTES / matrix.type().bytes();
    return HostMatrix.strided(matrix.type(), matrix.rows(), matrix.cols(), stride).poisonPadding();
  }

  private static void fill(HostMatrix matrix, SplittableRandom random, int most) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int col = 0; col < matrix.cols(); col++) {
        matrix.set(row, col, random.nextInt(-most, most + 1));
      }
    }
  }

  private static void fillScales(HostMatrix scales, SplittableRandom random, int exponents) {
    for (int row = 0; row < scales.rows(); row++) {
      for (int col = 0; col < scales.cols(); col++) {
        scales.set(row, col, Math.scalb(1f, random.nextInt(-exponents, exponents + 1)));
      }
    }
  }

  /**
   * NaN in the last row of both operands, infinities (BF16) in the first row of A and of B as [n, k]; NaN in
   * the second row of C.
   */
  private static GemmData notFinite(GemmData data) {
    InputMatrix a = data.rowsOfA();
    InputMatrix b = data.rowsOfB();
    a.set(data.m() - 1, data.k() - 1, Float.NaN);
    b.set(data.n() - 1, 0, Float.NaN);
    if (data.a().type() == DataType.BF16) {
      a.set(0, data.k() / 2, Float.POSITIVE_INFINITY);
      b.set(0, data.k() / 3, Float.NEGATIVE_INFINITY);
    }
    HostMatrix c = data.c();
    if (c != null) {
      c.set(1, 2, Float.NaN);
    }
    return data;
  }

  /**
   * Row 0 of A is zero; row 1 has one subnormal; in row 2 and in row 2 of B as [n, k] every element (FP8) or
   * one element (BF16) is the largest finite value. The BF16 largest value meets only -1, 0 and 1, whose
   * products are finite. These rows are added to zeros. What is added in memory may flush subnormals (PTX
   * says so of {@code red.add.f32}), so the smallest normal value takes their place there.
   */
  private static GemmData extreme(GemmData data) {
    InputMatrix a = data.rowsOfA();
    InputMatrix b = data.rowsOfB();
    HostMatrix c = data.c();
    boolean fp8 = data.a().type() == DataType.FP8_E4M3;
    int k = data.k();
    for (int row = 0; row < 3; row++) {
      for (int col = 0; c != null && col < c.cols(); col++) {
        c.set(row, col, 0);
      }
    }
    clear(a, 0);
    clear(a, 1);
    float smallest = c == null ? SMALLEST_BF16 : SMALLEST_NORMAL_BF16;
    a.set(1, k - 1, fp8 ? SMALLEST_FP8 : smallest);
    if (fp8) {
      for (int col = 0; col < k; col++) {
        a.set(2, col, Float8.MAX);
        b.set(2, col, Float8.MAX);
      }
    } else {
      clear(a, 2);
      a.set(2, 3, LARGEST_BF16);
      for (int row = 0; row < data.n(); row++) {
        b.set(row, 3, Math.signum(b.get(row, 3)));
      }
    }
    return data;
  }

  private static void clear(InputMatrix matrix, int row) {
    for (int inner = 0; inner < matrix.k(); inner++) {
      matrix.set(row, inner, 0);
    }
  }
}
