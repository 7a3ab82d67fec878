package dev.deepgemm.guard;

import static dev.deepgemm.api.IntMath.align;
import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.heuristics.ConfigSelector;
import java.util.Locale;

/** Every problem, every operand and every selector of the guard is made here. */
final class Problems {
  /** Rows of FP32 scales and of every operand start at multiples of 16 bytes. */
  private static final int UNIT = 16;

  private Problems() {}

  /** What is multiplied; these have kernels. */
  enum Kind {
    FP8(Signature.FP8),
    BF16(Signature.BF16),
    BF16_FP32(Signature.BF16.withOutput(DataType.FP32));

    private final Signature signature;

    Kind(Signature signature) {
      this.signature = signature;
    }

    Signature signature() {
      return signature;
    }

    GemmDesc problem(int m, int n, int k) {
      return GemmDesc.of(signature, new Shape.Dense(m, n, k));
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Who chooses the kernel. */
  enum Policy {
    CLASSIC,
    TUNED;

    ConfigSelector selector() {
      return ConfigSelector.create(Options.defaults().with(Options.HEURISTICS, label()));
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Fixed operands of a problem, each at an address of its own.
   *
   * @param padding elements behind each row of A, B, D and the scales of A, on top of what the rules about
   *     rows demand; a multiple of 16
   */
  static GemmOperands operands(Kind kind, int m, int n, int k, int padding, boolean constantB) {
    DeviceMatrix a = new DeviceMatrix(0x7f10_0000_0000L, align(k, UNIT) + padding);
    DeviceMatrix b = new DeviceMatrix(0x7f20_0000_0100L, align(k, UNIT) + 2L * padding);
    DeviceMatrix d = new DeviceMatrix(0x7f30_0000_0200L, align(n, UNIT) + 3L * padding);
    GemmOperands operands =
        kind == Kind.FP8
            ? GemmOperands.of(
                a,
                b,
                d,
                new DeviceMatrix(0x7f40_0000_0300L, align(m, 4) + padding),
                new DeviceMatrix(0x7f50_0000_0404L, cdiv(k, 128) + padding / UNIT))
            : GemmOperands.unscaled(a, b, d);
    return operands.withConstantB(constantB);
  }
}
