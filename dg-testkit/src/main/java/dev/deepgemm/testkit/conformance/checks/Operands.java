package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.ScaleScheme;
import org.jspecify.annotations.Nullable;

/** Operands that point nowhere, for questions that nobody launches. */
final class Operands {
  private static final long FIRST = 0x7_0000_0000L;
  private static final long APART = 1L << 36;
  private static final int ALIGNMENT = 64;

  private Operands() {}

  /** Operands that nothing is wrong with: NT, rows padded to 64 elements. */
  static GemmOperands good(GemmDesc desc) {
    DeviceMatrix sfa = null;
    DeviceMatrix sfb = null;
    if (desc.scaling().isScaled()) {
      sfa = matrix(3, desc.m());
      sfb = matrix(4, IntMath.cdiv(desc.k(), ScaleScheme.BLOCK));
    }
    return GemmOperands.of(
        matrix(0, desc.k()), matrix(1, desc.k()), matrix(2, desc.n()), sfa, sfb);
  }

  private static DeviceMatrix matrix(int index, int columns) {
    return new DeviceMatrix(FIRST + index * APART, IntMath.align(columns, ALIGNMENT));
  }

  /** Which operand. */
  enum Which {
    A,
    B,
    D,
    SFA,
    SFB
  }

  /** The same operands with one replaced. */
  static GemmOperands with(GemmOperands good, Which which, @Nullable DeviceMatrix changed) {
    return GemmOperands.of(
        which == Which.A && changed != null ? changed : good.a(),
        which == Which.B && changed != null ? changed : good.b(),
        which == Which.D && changed != null ? changed : good.d(),
        which == Which.SFA ? changed : good.scalesA(),
        which == Which.SFB ? changed : good.scalesB());
  }

  static @Nullable DeviceMatrix get(GemmOperands operands, Which which) {
    return switch (which) {
      case A -> operands.a();
      case B -> operands.b();
      case D -> operands.d();
      case SFA -> operands.scalesA();
      case SFB -> operands.scalesB();
    };
  }
}
