package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.numbers.Fn;
import dev.deepgemm.emulator.internal.ops.AluOp;
import dev.deepgemm.emulator.internal.ops.PredicateOp;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;

/**
 * Integer and bit arithmetic. Registers hold zero-extended bits, and results are cut to the width
 * of the destination, so signedness matters only where {@link PtxType#extend} is called.
 */
final class IntegerDecoder {
  private IntegerDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("add", insn -> arithmetic(insn, (a, b, c) -> a + b));
    table.put("sub", insn -> arithmetic(insn, (a, b, c) -> a - b));
    table.put("mul", IntegerDecoder::multiply);
    table.put("mad", IntegerDecoder::multiply);
    table.put("div", IntegerDecoder::divide);
    table.put("rem", IntegerDecoder::divide);
    table.put("min", IntegerDecoder::choose);
    table.put("max", IntegerDecoder::choose);
    table.put("abs", IntegerDecoder::absolute);
    table.put("neg", IntegerDecoder::negate);
    table.put("and", insn -> logic(insn, (a, b, c) -> a & b, (a, b) -> a & b));
    table.put("or", insn -> logic(insn, (a, b, c) -> a | b, (a, b) -> a | b));
    table.put("xor", insn -> logic(insn, (a, b, c) -> a ^ b, (a, b) -> a ^ b));
    table.put("not", insn -> logic(insn, (a, b, c) -> ~a, (a, b) -> ~a));
    table.put("cnot", insn -> unary(insn, (a, b, c) -> a == 0 ? 1 : 0));
    table.put("shl", IntegerDecoder::shift);
    table.put("shr", IntegerDecoder::shift);
    table.put("shf", IntegerDecoder::funnelShift);
    table.put("popc", insn -> count(insn, (a, b, c) -> Long.bitCount(a)));
    table.put("clz", IntegerDecoder::leadingZeros);
    table.put("bfind", IntegerDecoder::findBit);
    table.put("brev", IntegerDecoder::reverse);
    table.put("bfe", IntegerDecoder::extract);
    table.put("bfi", IntegerDecoder::insert);
    table.put("lop3", IntegerDecoder::lop3);
    table.put("prmt", IntegerDecoder::permute);
  }

  private static Op arithmetic(Insn insn, Fn fn) {
    PtxType type = insn.type();
    return type.floating()
        ? FloatDecoder.arithmetic(insn, type)
        : binary(insn, integer(insn, type), fn);
  }

  private static PtxType integer(Insn insn, PtxType type) {
    if (!type.integer()) {
      throw insn.error("DG-EMU-03", "type %s is not modelled", type.ptxName());
    }
    return type;
  }

  private static Op binary(Insn insn, PtxType type, Fn fn) {
    insn.requireCount(3, 3);
    int zero = insn.rows().literal(0);
    return new AluOp(
        fn,
        insn.destination(0, type),
        insn.source(1, type),
        insn.source(2, type),
        zero,
        type.mask());
  }

  private static Op unary(Insn insn, Fn fn) {
    return unary(insn, integer(insn, insn.type()), fn);
  }

  private static Op unary(Insn insn, PtxType type, Fn fn) {
    insn.requireCount(2, 2);
    int zero = insn.rows().literal(0);
    return new AluOp(fn, insn.destination(0, type), insn.source(1, type), zero, zero, type.mask());
  }

  /** {@code mul} and {@code mad}: low, high or wide. */
  private static Op multiply(Insn insn) {
    String part = insn.oneOf("lo", "hi", "wide");
    PtxType type = insn.type();
    if (type.floating()) {
      return FloatDecoder.arithmetic(insn, type);
    }
    boolean adds = insn.opcode().equals("mad");
    if (part == null) {
      throw insn.error("DG-EMU-03", "needs one of the modifiers lo, hi, wide");
    }
    insn.requireCount(adds ? 4 : 3, adds ? 4 : 3);
    PtxType result = part.equals("wide") ? widened(insn, type) : type;
    Fn product =
        switch (part) {
          case "hi" -> high(type);
          case "wide" -> (a, b, c) -> type.extend(a) * type.extend(b);
          default -> (a, b, c) -> a * b;
        };
    return new AluOp(
        adds ? (a, b, c) -> product.apply(a, b, 0) + c : product,
        insn.destination(0, result),
        insn.source(1, type),
        insn.source(2, type),
        adds ? insn.source(3, result) : insn.rows().literal(0),
        result.mask());
  }

  private static PtxType widened(Insn insn, PtxType type) {
    return switch (type) {
      case U16 -> PtxType.U32;
      case S16 -> PtxType.S32;
      case U32 -> PtxType.U64;
      case S32 -> PtxType.S64;
      default -> throw insn.error("DG-EMU-03", "%s has no wide product", type.ptxName());
    };
  }

  private static Fn high(PtxType type) {
    if (type.bytes() < 8) {
      return (a, b, c) -> (type.extend(a) * type.extend(b)) >> type.bits();
    } else if (type.signed()) {
      return (a, b, c) -> Math.multiplyHigh(a, b);
    }
    return (a, b, c) -> Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
  }

  private static Op divide(Insn insn) {
    boolean remainder = insn.opcode().equals("rem");
    PtxType type = insn.type();
    if (type.floating()) {
      return FloatDecoder.arithmetic(insn, type);
    }
    Fn quotient =
        type.signed()
            ? (a, b, c) -> type.extend(a) / type.extend(b)
            : (a, b, c) -> Long.divideUnsigned(a, b);
    // Division by zero is undefined in PTX and does not trap; NVIDIA GPUs answer with all ones.
    return binary(
        insn,
        type,
        remainder
            ? (a, b, c) ->
                b == 0
                    ? a
                    : type.signed() ? type.extend(a) % type.extend(b) : Long.remainderUnsigned(a, b)
            : (a, b, c) -> b == 0 ? -1 : quotient.apply(a, b, 0));
  }

  private static Op choose(Insn insn) {
    PtxType type = insn.type();
    if (type.floating()) {
      return FloatDecoder.arithmetic(insn, type);
    }
    boolean min = insn.opcode().equals("min");
    return binary(insn, integer(insn, type), (a, b, c) -> (compare(type, a, b) < 0) == min ? a : b);
  }

  /** Order of two values of an integer type. */
  static int compare(PtxType type, long a, long b) {
    return type.signed()
        ? Long.compare(type.extend(a), type.extend(b))
        : Long.compareUnsigned(a, b);
  }

  private static Op absolute(Insn insn) {
    PtxType type = insn.type();
    return type.floating()
        ? FloatDecoder.arithmetic(insn, type)
        : unary(insn, type, (a, b, c) -> Math.abs(type.extend(a)));
  }

  private static Op negate(Insn insn) {
    PtxType type = insn.type();
    return type.floating()
        ? FloatDecoder.arithmetic(insn, type)
        : unary(insn, type, (a, b, c) -> -a);
  }

  private static Op logic(Insn insn, Fn fn, IntBinaryOperator predicates) {
    PtxType type = insn.type();
    boolean unary = insn.opcode().equals("not");
    if (type == PtxType.PRED) {
      insn.requireCount(unary ? 2 : 3, unary ? 2 : 3);
      return new PredicateOp(
          predicates,
          insn.destination(0, type),
          insn.source(1, type),
          unary ? insn.rows().literal(0) : insn.source(2, type),
          false);
    }
    integer(insn, type);
    return unary ? unary(insn, type, fn) : binary(insn, type, fn);
  }

  /** Shifts by as much as the width, or more, leave zeros (or copies of the sign). */
  private static Op shift(Insn insn) {
    PtxType type = integer(insn, insn.type());
    boolean left = insn.opcode().equals("shl");
    insn.requireCount(3, 3);
    int bits = type.bits();
    Fn fn =
        left
            ? (a, b, c) -> b >= bits ? 0 : a << b
            : type.signed()
                ? (a, b, c) -> type.extend(a) >> Math.min(b, bits - 1)
                : (a, b, c) -> b >= bits ? 0 : a >>> b;
    return new AluOp(
        fn,
        insn.destination(0, type),
        insn.source(1, type),
        insn.source(2, PtxType.U32),
        insn.rows().literal(0),
        type.mask());
  }

  private static Op funnelShift(Insn insn) {
    boolean left = insn.require("l", "r").equals("l");
    boolean wrap = insn.require("wrap", "clamp").equals("wrap");
    PtxType type = insn.type();
    insn.requireCount(4, 4);
    return ternary(
        insn,
        type,
        (a, b, c) -> {
          long both = b << 32 | a;
          int by = wrap ? (int) c & 31 : (int) Math.min(c, 32);
          return left ? (both << by) >>> 32 : both >>> by;
        });
  }

  private static Op ternary(Insn insn, PtxType type, Fn fn) {
    return new AluOp(
        fn,
        insn.destination(0, type),
        insn.source(1, type),
        insn.source(2, type),
        insn.source(3, type),
        type.mask());
  }

  /** Instructions that count bits of any width into 32. */
  private static Op count(Insn insn, Fn fn) {
    return count(insn, insn.type(), fn);
  }

  private static Op count(Insn insn, PtxType type, Fn fn) {
    insn.requireCount(2, 2);
    int zero = insn.rows().literal(0);
    return new AluOp(
        fn, insn.destination(0, PtxType.U32), insn.source(1, type), zero, zero, PtxType.U32.mask());
  }

  private static Op leadingZeros(Insn insn) {
    PtxType type = insn.type();
    int unused = 64 - type.bits();
    return count(insn, type, (a, b, c) -> Long.numberOfLeadingZeros(a) - unused);
  }

  private static Op findBit(Insn insn) {
    boolean shiftAmount = insn.accept("shiftamt");
    PtxType type = insn.type();
    return count(
        insn,
        type,
        (a, b, c) -> {
          long value = type.extend(a);
          int found = 63 - Long.numberOfLeadingZeros(value < 0 && type.signed() ? ~value : value);
          return found < 0 ? -1 : shiftAmount ? type.bits() - 1 - found : found;
        });
  }

  private static Op reverse(Insn insn) {
    PtxType type = insn.type();
    return unary(insn, type, (a, b, c) -> Long.reverse(a) >>> (64 - type.bits()));
  }

  private static Op extract(Insn insn) {
    PtxType type = insn.type();
    insn.requireCount(4, 4);
    int bits = type.bits();
    Fn fn =
        (a, b, c) -> {
          int position = (int) b & 0xff;
          int length = (int) c & 0xff;
          if (length == 0) {
            return 0;
          }
          long value = type.extend(a);
          long shifted =
              position >= bits ? (type.signed() && value < 0 ? -1 : 0) : value >> position;
          int kept = Math.min(length, bits - Math.min(position, bits));
          if (kept <= 0) {
            return shifted;
          }
          int up = 64 - kept;
          return type.signed() ? (shifted << up) >> up : (shifted << up) >>> up;
        };
    return new AluOp(
        fn,
        insn.destination(0, type),
        insn.source(1, type),
        insn.source(2, PtxType.U32),
        insn.source(3, PtxType.U32),
        type.mask());
  }

  private static Op insert(Insn insn) {
    PtxType type = insn.type();
    insn.requireCount(5, 5);
    // Position and length almost always are literals; an operation of four sources is not worth it.
    int position = (int) insn.literal(3) & 0xff;
    int length = (int) insn.literal(4) & 0xff;
    long ones = length >= 64 ? -1L : (1L << length) - 1;
    long field = position >= type.bits() ? 0 : (ones << position) & type.mask();
    return new AluOp(
        (a, b, c) -> (b & ~field) | ((a << position) & field),
        insn.destination(0, type),
        insn.source(1, type),
        insn.source(2, type),
        insn.rows().literal(0),
        type.mask());
  }

  private static Op lop3(Insn insn) {
    PtxType type = insn.type();
    insn.requireCount(5, 5);
    int table = (int) insn.literal(4);
    return ternary(
        insn,
        type,
        (a, b, c) -> {
          long result = 0;
          for (int i = 0; i < 8; i++) {
            if ((table >>> i & 1) != 0) {
              result |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
            }
          }
          return result;
        });
  }

  private static Op permute(Insn insn) {
    PtxType type = insn.type();
    insn.requireCount(4, 4);
    return ternary(
        insn,
        type,
        (a, b, c) -> {
          long both = b << 32 | a;
          long result = 0;
          for (int i = 0; i < 4; i++) {
            int selector = (int) (c >>> (4 * i)) & 15;
            long value = both >>> ((selector & 7) * 8) & 0xff;
            if ((selector & 8) != 0) {
              value = (value & 0x80) != 0 ? 0xff : 0;
            }
            result |= value << (8 * i);
          }
          return result;
        });
  }
}
