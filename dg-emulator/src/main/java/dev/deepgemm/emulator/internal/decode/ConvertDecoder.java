package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.SpecialRegister;
import dev.deepgemm.emulator.internal.numbers.Fn;
import dev.deepgemm.emulator.internal.numbers.Formats;
import dev.deepgemm.emulator.internal.ops.AluOp;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxScope;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code cvt}. */
final class ConvertDecoder {
  private ConvertDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("cvt", ConvertDecoder::convert);
  }

  private static Op convert(Insn insn) {
    String rounding = insn.oneOf("rn", "rz", "rni", "rzi", "rmi", "rpi");
    insn.ignore("ftz");
    boolean saturate = insn.accept("sat");
    boolean finite = insn.accept("satfinite");
    boolean relu = insn.accept("relu");
    PtxType to = insn.type();
    PtxType from = insn.type();
    if (to == PtxType.BF16X2 || to == PtxType.F16X2 || to == PtxType.E4M3X2) {
      return pair(insn, to, from, rounding, finite, relu);
    }
    insn.requireCount(2, 2);
    Fn fn = single(insn, to, from, rounding, saturate, relu);
    PtxScope.Register d = insn.anyWidth(insn.operand(0));
    if (d == null || d.type().bytes() < to.bytes()) {
      throw insn.error("DG-EMU-04", "the destination is too narrow for %s", to.ptxName());
    }
    int zero = insn.rows().literal(0);
    // A destination wider than the type is filled by extension.
    return new AluOp(
        (a, b, c) -> to.extend(fn.apply(a, b, c)),
        d.id(),
        wideSource(insn, from),
        zero,
        zero,
        d.type().mask());
  }

  /** Sources may be wider than their type; what is above it is ignored. */
  private static int wideSource(Insn insn, PtxType from) {
    PtxOperand operand = insn.operand(1);
    if (operand instanceof PtxOperand.Int || operand instanceof PtxOperand.Real) {
      return insn.source(operand, from);
    }
    if (operand instanceof PtxOperand.Name name && SpecialRegister.of(name.text()) != null) {
      return insn.source(operand, from);
    }
    PtxScope.Register register = insn.anyWidth(operand);
    if (register == null || register.type().bytes() < from.bytes()) {
      throw insn.error("DG-EMU-04", "the source is too narrow for %s", from.ptxName());
    }
    return register.id();
  }

  private static Op pair(
      Insn insn,
      PtxType to,
      PtxType from,
      @Nullable String rounding,
      boolean finite,
      boolean relu) {
    if (to == PtxType.F16X2 && from == PtxType.E4M3X2) {
      insn.requireCount(2, 2);
      int zero = insn.rows().literal(0);
      return new AluOp(
          (a, b, c) ->
              Formats.toF16(Formats.fromE4m3((int) a & 0xff))
                  | (long) Formats.toF16(Formats.fromE4m3((int) (a >>> 8) & 0xff)) << 16,
          insn.destination(0, to),
          insn.source(1, from),
          zero,
          zero,
          to.mask());
    }
    if (from != PtxType.F32 || (to == PtxType.E4M3X2) != finite) {
      throw insn.error("DG-EMU-03", "this conversion is not modelled");
    }
    insn.requireCount(3, 3);
    boolean towardsZero = "rz".equals(rounding);
    int width = to == PtxType.E4M3X2 ? 8 : 16;
    Fn half = narrow(to, towardsZero, relu);
    // The first source becomes the upper half.
    return new AluOp(
        (a, b, c) -> half.apply(a, 0, 0) << width | half.apply(b, 0, 0),
        insn.destination(0, to),
        insn.source(1, from),
        insn.source(2, from),
        insn.rows().literal(0),
        to.mask());
  }

  /** A float to one narrow value. */
  private static Fn narrow(PtxType to, boolean towardsZero, boolean relu) {
    return (a, b, c) -> {
      float value = Float.intBitsToFloat((int) a);
      if (relu && value < 0) {
        value = 0;
      }
      return switch (to) {
        case BF16, BF16X2 -> towardsZero ? Formats.toBf16TowardsZero(value) : Formats.toBf16(value);
        case F16, F16X2 -> Formats.toF16(value);
        default -> Formats.toE4m3(value);
      };
    };
  }

  private static Fn single(
      Insn insn,
      PtxType to,
      PtxType from,
      @Nullable String rounding,
      boolean saturate,
      boolean relu) {
    if (from.integer() && to.integer()) {
      return saturate ? (a, b, c) -> clamp(to, from, from.extend(a)) : (a, b, c) -> from.extend(a);
    } else if (from.integer()) {
      return (a, b, c) -> fromInteger(to, from, a);
    } else if (to.integer()) {
      String mode = rounding == null ? "rzi" : rounding;
      return (a, b, c) -> toInteger(to, round(value(from, a), mode));
    } else if (to == PtxType.F16 || to == PtxType.BF16) {
      if (from != PtxType.F32) {
        throw insn.error("DG-EMU-03", "this conversion is not modelled");
      }
      return narrow(to, "rz".equals(rounding), relu);
    } else if (to == PtxType.F32 || to == PtxType.F64) {
      boolean integral = rounding != null && rounding.endsWith("i");
      return (a, b, c) -> {
        double x = value(from, a);
        double rounded = integral ? round(x, String.valueOf(rounding)) : x;
        if (saturate) {
          rounded = Double.isNaN(rounded) ? 0 : Math.max(0, Math.min(1, rounded));
        }
        return bits(to, rounded);
      };
    }
    throw insn.error("DG-EMU-03", "this conversion is not modelled");
  }

  private static double value(PtxType type, long bits) {
    return switch (type) {
      case F64 -> Double.longBitsToDouble(bits);
      case F32 -> Float.intBitsToFloat((int) bits);
      case BF16 -> Formats.fromBf16((int) bits & 0xffff);
      default -> Formats.fromF16((int) bits & 0xffff);
    };
  }

  private static long bits(PtxType type, double value) {
    return type == PtxType.F64
        ? Double.doubleToRawLongBits(value)
        : Float.floatToRawIntBits((float) value) & 0xffffffffL;
  }

  private static long fromInteger(PtxType to, PtxType from, long raw) {
    long value = from.extend(raw);
    boolean large = from.bytes() == 8 && !from.signed() && value < 0;
    return switch (to) {
      case F32 -> Float.floatToRawIntBits(large ? unsigned(value) : (float) value) & 0xffffffffL;
      case F64 ->
          Double.doubleToRawLongBits(large ? ((value >>> 1) | (value & 1)) * 2.0 : (double) value);
      case BF16 -> Formats.toBf16(Formats.sticky(large ? unsigned(value) : (double) value));
      default -> Formats.toF16((double) value);
    };
  }

  private static float unsigned(long value) {
    return ((value >>> 1) | (value & 1)) * 2f;
  }

  private static double round(double value, String mode) {
    return switch (mode) {
      case "rni" -> Math.rint(value);
      case "rmi" -> Math.floor(value);
      case "rpi" -> Math.ceil(value);
      default -> value < 0 ? Math.ceil(value) : Math.floor(value);
    };
  }

  /** Clamps; a NaN becomes 0. */
  private static long toInteger(PtxType to, double value) {
    if (Double.isNaN(value)) {
      return 0;
    } else if (to.signed()) {
      long limit = to.bytes() == 8 ? Long.MAX_VALUE : (1L << (to.bits() - 1)) - 1;
      return Math.max(-limit - 1, Math.min(limit, (long) value));
    } else if (value <= 0) {
      return 0;
    } else if (to.bytes() == 8 && value >= 0x1p63) {
      return value >= 0x1p64 ? -1 : (long) (value - 0x1p63) + Long.MIN_VALUE;
    }
    return to.bytes() == 8 ? (long) value : Math.min(to.mask(), (long) value);
  }

  private static long clamp(PtxType to, PtxType from, long value) {
    if (to.bytes() == 8) {
      boolean large = from.bytes() == 8 && !from.signed() && value < 0;
      if (to.signed()) {
        return large ? Long.MAX_VALUE : value;
      }
      return from.signed() ? Math.max(0, value) : value;
    } else if (from.bytes() == 8 && !from.signed() && value < 0) {
      return to.signed() ? to.mask() >>> 1 : to.mask();
    }
    long high = to.signed() ? to.mask() >>> 1 : to.mask();
    long low = to.signed() ? -high - 1 : 0;
    return Math.max(low, Math.min(high, value));
  }
}
