package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.ops.AluOp;
import dev.deepgemm.emulator.internal.ops.PackOps;
import dev.deepgemm.emulator.internal.ops.PredicateOp;
import dev.deepgemm.emulator.internal.ops.SelectOp;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** {@code mov}, {@code selp} and address conversions. */
final class MoveDecoder {
  private MoveDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("mov", MoveDecoder::move);
    table.put("selp", MoveDecoder::select);
    table.put("cvta", MoveDecoder::convertAddress);
    table.put("createpolicy", MoveDecoder::cachePolicy);
  }

  private static Op move(Insn insn) {
    PtxType type = insn.type();
    insn.requireCount(2, 2);
    if (insn.operand(0) instanceof PtxOperand.Vector vector) {
      return unpack(insn, type, vector.elements());
    } else if (insn.operand(1) instanceof PtxOperand.Vector vector) {
      return pack(insn, type, vector.elements());
    } else if (type == PtxType.PRED) {
      int zero = insn.rows().literal(0);
      int from = insn.predicate(insn.operand(1));
      boolean negated = Insn.negated(insn.operand(1));
      return new PredicateOp((a, b) -> a, insn.destination(0, type), from, zero, negated);
    }
    int zero = insn.rows().literal(0);
    return new AluOp(
        (a, b, c) -> a, insn.destination(0, type), insn.source(1, type), zero, zero, type.mask());
  }

  private static PtxType element(Insn insn, PtxType type, int count) {
    int bytes = type.bytes() / count;
    if (bytes * count != type.bytes()) {
      throw insn.error("DG-EMU-04", "a vector of %d does not fill %s", count, type.ptxName());
    }
    return switch (bytes) {
      case 1 -> PtxType.B8;
      case 2 -> PtxType.B16;
      case 4 -> PtxType.B32;
      default -> throw insn.error("DG-EMU-04", "a vector of %d of %s", count, type.ptxName());
    };
  }

  private static Op unpack(Insn insn, PtxType type, List<PtxOperand> to) {
    PtxType element = element(insn, type, to.size());
    int[] d = new int[to.size()];
    for (int i = 0; i < d.length; i++) {
      d[i] = insn.destination(to.get(i), element);
    }
    return new PackOps.Unpack(d, insn.source(1, type), element);
  }

  private static Op pack(Insn insn, PtxType type, List<PtxOperand> from) {
    PtxType element = element(insn, type, from.size());
    int[] a = new int[from.size()];
    for (int i = 0; i < a.length; i++) {
      a[i] = insn.source(from.get(i), element);
    }
    return new PackOps.Pack(insn.destination(0, type), a, element);
  }

  private static Op select(Insn insn) {
    PtxType type = insn.type();
    insn.requireCount(4, 4);
    return new SelectOp(
        insn.destination(0, type),
        insn.source(1, type),
        insn.source(2, type),
        insn.source(3, PtxType.PRED));
  }

  private static Op convertAddress(Insn insn) {
    boolean fromGeneric = insn.accept("to");
    String space =
        insn.require("global", "shared", "shared::cta", "shared::cluster", "param", "const");
    PtxType type = insn.type();
    insn.requireCount(2, 2);
    long window =
        switch (space) {
          case "global" -> 0;
          case "param" -> Addresses.PARAM_WINDOW;
          case "const" -> throw insn.error("DG-EMU-03", "space const is not modelled");
          default -> Addresses.SHARED_WINDOW;
        };
    long by = fromGeneric ? -window : window;
    int zero = insn.rows().literal(0);
    return new AluOp(
        (a, b, c) -> a + by,
        insn.destination(0, type),
        insn.source(1, type),
        zero,
        zero,
        type.mask());
  }

  /** Cache policies have no effect here; their value is never looked at. */
  private static Op cachePolicy(Insn insn) {
    insn.ignore("fractional", "b64");
    insn.ignorePrefix("L2::");
    int zero = insn.rows().literal(0);
    return new AluOp(
        (a, b, c) -> 0, insn.destination(0, PtxType.B64), zero, zero, zero, PtxType.B64.mask());
  }
}
