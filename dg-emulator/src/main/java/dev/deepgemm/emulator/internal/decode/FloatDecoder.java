package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.numbers.Fn;
import dev.deepgemm.emulator.internal.numbers.Formats;
import dev.deepgemm.emulator.internal.ops.AluOp;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;

/**
 * Floating-point arithmetic, rounding to nearest even. The {@code .approx} functions are computed
 * as precisely as Java can: closer to the truth than the hardware's, not bit for bit like it.
 */
final class FloatDecoder {
  private FloatDecoder() {}

  /** What an instruction computes, on values. */
  @FunctionalInterface
  private interface Real {
    double apply(double a, double b, double c);
  }

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("fma", insn -> arithmetic(insn, insn.type()));
    table.put("rcp", insn -> function(insn, x -> 1 / x));
    table.put("sqrt", insn -> function(insn, Math::sqrt));
    table.put("rsqrt", insn -> function(insn, x -> 1 / Math.sqrt(x)));
    table.put("ex2", insn -> function(insn, x -> Math.pow(2, x)));
    table.put("lg2", insn -> function(insn, x -> Math.log(x) / Math.log(2)));
    table.put("sin", insn -> function(insn, Math::sin));
    table.put("cos", insn -> function(insn, Math::cos));
    table.put("tanh", insn -> function(insn, Math::tanh));
  }

  /** The instructions that exist for integers too, and {@code fma}. */
  static Op arithmetic(Insn insn, PtxType type) {
    insn.ignore("rn");
    insn.ignore("full", "approx"); // of div; both are less precise than what is computed
    boolean flush = insn.accept("ftz");
    boolean saturate = insn.accept("sat");
    boolean relu = insn.accept("relu");
    boolean nan = insn.accept("NaN");
    String opcode = insn.opcode();
    Real fn =
        switch (opcode) {
          case "add" -> (a, b, c) -> a + b;
          case "sub" -> (a, b, c) -> a - b;
          case "mul" -> (a, b, c) -> a * b;
          case "div" -> (a, b, c) -> a / b;
          case "min" -> (a, b, c) -> extreme(a, b, nan, Math::min);
          case "max" -> (a, b, c) -> extreme(a, b, nan, Math::max);
          case "abs" -> (a, b, c) -> Math.abs(a);
          case "neg" -> (a, b, c) -> -a;
          case "fma", "mad" -> (a, b, c) -> a * b + c;
          default -> throw insn.error("DG-EMU-03", "type %s is not modelled", type.ptxName());
        };
    int sources =
        switch (opcode) {
          case "abs", "neg" -> 1;
          case "fma", "mad" -> 3;
          default -> 2;
        };
    boolean fused = sources == 3;
    Fn lane =
        switch (type) {
          case F32 -> single(fn, fused, flush, saturate);
          case F64 -> twice(fn, fused);
          case F16, BF16 -> half(fn, type, relu);
          case F16X2 -> packed(half(fn, PtxType.F16, relu));
          case BF16X2 -> packed(half(fn, PtxType.BF16, relu));
          default -> throw insn.error("DG-EMU-03", "type %s is not modelled", type.ptxName());
        };
    return op(insn, type, lane, sources);
  }

  /** Addition for atomic operations. */
  static Fn addition(Insn insn, PtxType type) {
    Real add = (a, b, c) -> a + b;
    return switch (type) {
      case F32 -> single(add, false, false, false);
      case F64 -> twice(add, false);
      case F16, BF16 -> half(add, type, false);
      case F16X2 -> packed(half(add, PtxType.F16, false));
      case BF16X2 -> packed(half(add, PtxType.BF16, false));
      default -> throw insn.error("DG-EMU-03", "type %s is not modelled", type.ptxName());
    };
  }

  private static Op op(Insn insn, PtxType type, Fn fn, int sources) {
    insn.requireCount(sources + 1, sources + 1);
    int zero = insn.rows().literal(0);
    return new AluOp(
        fn,
        insn.destination(0, type),
        insn.source(1, type),
        sources > 1 ? insn.source(2, type) : zero,
        sources > 2 ? insn.source(3, type) : zero,
        type.mask());
  }

  /** Unless {@code .NaN} is given, a number wins over a NaN. */
  private static double extreme(double a, double b, boolean nan, DoubleBinaryOperator fn) {
    if (!nan && Double.isNaN(a)) {
      return b;
    } else if (!nan && Double.isNaN(b)) {
      return a;
    }
    return fn.applyAsDouble(a, b);
  }

  /**
   * A double holds the sum, product or quotient of two floats so exactly that rounding it to a
   * float is rounding once. A fused multiply-add is not that lucky and takes Java's own.
   */
  private static Fn single(Real fn, boolean fused, boolean flush, boolean saturate) {
    return (a, b, c) -> {
      float x = Float.intBitsToFloat((int) a);
      float y = Float.intBitsToFloat((int) b);
      float z = Float.intBitsToFloat((int) c);
      if (flush) {
        x = Formats.flush(x);
        y = Formats.flush(y);
        z = Formats.flush(z);
      }
      float result = fused ? Math.fma(x, y, z) : (float) fn.apply(x, y, z);
      if (flush) {
        result = Formats.flush(result);
      }
      if (saturate) {
        result = Float.isNaN(result) ? 0f : Math.max(0f, Math.min(1f, result));
      }
      return Float.floatToRawIntBits(result) & 0xffffffffL;
    };
  }

  private static Fn twice(Real fn, boolean fused) {
    return (a, b, c) -> {
      double x = Double.longBitsToDouble(a);
      double y = Double.longBitsToDouble(b);
      double z = Double.longBitsToDouble(c);
      return Double.doubleToRawLongBits(fused ? Math.fma(x, y, z) : fn.apply(x, y, z));
    };
  }

  private static Fn half(Real fn, PtxType type, boolean relu) {
    boolean bf16 = type == PtxType.BF16;
    return (a, b, c) -> {
      double result = fn.apply(widen((int) a, bf16), widen((int) b, bf16), widen((int) c, bf16));
      if (relu && result < 0) {
        result = 0;
      }
      return bf16 ? Formats.toBf16(Formats.sticky(result)) : Formats.toF16(result);
    };
  }

  private static float widen(int bits, boolean bf16) {
    return bf16 ? Formats.fromBf16(bits & 0xffff) : Formats.fromF16(bits & 0xffff);
  }

  private static Fn packed(Fn half) {
    return (a, b, c) ->
        (half.apply(a, b, c) & 0xffff) | half.apply(a >>> 16, b >>> 16, c >>> 16) << 16;
  }

  private static Op function(Insn insn, DoubleUnaryOperator fn) {
    insn.ignore("approx", "rn");
    boolean flush = insn.accept("ftz");
    PtxType type = insn.type();
    Real real = (a, b, c) -> fn.applyAsDouble(a);
    return switch (type) {
      case F32 -> op(insn, type, single(real, false, flush, false), 1);
      case F64 -> op(insn, type, twice(real, false), 1);
      default -> throw insn.error("DG-EMU-03", "type %s is not modelled", type.ptxName());
    };
  }
}
