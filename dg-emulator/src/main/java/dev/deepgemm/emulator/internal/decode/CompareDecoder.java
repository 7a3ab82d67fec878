package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.numbers.Formats;
import dev.deepgemm.emulator.internal.ops.ComparisonOp;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.Map;
import java.util.function.Function;

/** {@code setp}. */
final class CompareDecoder {
  private CompareDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("setp", CompareDecoder::compare);
  }

  private static Op compare(Insn insn) {
    String comparison = insn.take();
    String combination = insn.oneOf("and", "or", "xor");
    boolean flush = insn.accept("ftz");
    PtxType type = insn.type();
    boolean combines = combination != null;
    insn.requireCount(combines ? 4 : 3, combines ? 4 : 3);
    ComparisonOp.Combine combine =
        combination == null
            ? ComparisonOp.Combine.NONE
            : switch (combination) {
              case "and" -> ComparisonOp.Combine.AND;
              case "or" -> ComparisonOp.Combine.OR;
              default -> ComparisonOp.Combine.XOR;
            };
    PtxOperand first = insn.operand(0);
    PtxOperand second = null;
    if (first instanceof PtxOperand.Pair pair) {
      first = pair.first();
      second = pair.second();
    }
    return new ComparisonOp(
        type.floating() ? floating(insn, comparison, type, flush) : integer(insn, comparison, type),
        combine,
        insn.destination(first, PtxType.PRED),
        second == null ? -1 : insn.destination(second, PtxType.PRED),
        insn.source(1, type),
        insn.source(2, type),
        combines ? insn.predicate(insn.operand(3)) : -1,
        combines && Insn.negated(insn.operand(3)));
  }

  private static ComparisonOp.Test integer(Insn insn, String comparison, PtxType type) {
    return switch (comparison) {
      case "eq" -> (a, b) -> a == b;
      case "ne" -> (a, b) -> a != b;
      case "lt" -> (a, b) -> IntegerDecoder.compare(type, a, b) < 0;
      case "le" -> (a, b) -> IntegerDecoder.compare(type, a, b) <= 0;
      case "gt" -> (a, b) -> IntegerDecoder.compare(type, a, b) > 0;
      case "ge" -> (a, b) -> IntegerDecoder.compare(type, a, b) >= 0;
      case "lo" -> (a, b) -> Long.compareUnsigned(a, b) < 0;
      case "ls" -> (a, b) -> Long.compareUnsigned(a, b) <= 0;
      case "hi" -> (a, b) -> Long.compareUnsigned(a, b) > 0;
      case "hs" -> (a, b) -> Long.compareUnsigned(a, b) >= 0;
      default -> throw insn.error("DG-EMU-03", "comparison %s is not modelled", comparison);
    };
  }

  private interface RealTest {
    boolean apply(double a, double b);
  }

  private static ComparisonOp.Test floating(
      Insn insn, String comparison, PtxType type, boolean flush) {
    boolean unordered = comparison.length() == 3 && comparison.endsWith("u");
    RealTest ordered =
        switch (unordered ? comparison.substring(0, 2) : comparison) {
          case "eq" -> (a, b) -> a == b;
          case "ne" -> (a, b) -> a < b || a > b;
          case "lt" -> (a, b) -> a < b;
          case "le" -> (a, b) -> a <= b;
          case "gt" -> (a, b) -> a > b;
          case "ge" -> (a, b) -> a >= b;
          case "num" -> (a, b) -> !Double.isNaN(a) && !Double.isNaN(b);
          case "nan" -> (a, b) -> Double.isNaN(a) || Double.isNaN(b);
          default -> throw insn.error("DG-EMU-03", "comparison %s is not modelled", comparison);
        };
    RealTest test =
        unordered ? (a, b) -> Double.isNaN(a) || Double.isNaN(b) || ordered.apply(a, b) : ordered;
    return switch (type) {
      case F32 ->
          (a, b) -> {
            float x = Float.intBitsToFloat((int) a);
            float y = Float.intBitsToFloat((int) b);
            return flush ? test.apply(Formats.flush(x), Formats.flush(y)) : test.apply(x, y);
          };
      case F64 -> (a, b) -> test.apply(Double.longBitsToDouble(a), Double.longBitsToDouble(b));
      case F16 -> (a, b) -> test.apply(Formats.fromF16((int) a), Formats.fromF16((int) b));
      case BF16 -> (a, b) -> test.apply(Formats.fromBf16((int) a), Formats.fromBf16((int) b));
      default -> throw insn.error("DG-EMU-03", "type %s is not modelled", type.ptxName());
    };
  }
}
