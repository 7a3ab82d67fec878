package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.GlobalAccess;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.numbers.Fn;
import dev.deepgemm.emulator.internal.ops.ControlOps;
import dev.deepgemm.emulator.internal.ops.WarpOps;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxType;
import java.util.Map;
import java.util.function.Function;

/** Control flow, and what the lanes of a warp do together. */
final class ControlDecoder {
  private ControlDecoder() {}

  static void register(Map<String, Function<Insn, Op>> table) {
    table.put("bra", ControlDecoder::branch);
    table.put("exit", insn -> new ControlOps.Exit());
    table.put("ret", ControlDecoder::end);
    table.put("trap", insn -> new ControlOps.Trap());
    table.put("nanosleep", ControlDecoder::sleep);
    table.put("griddepcontrol", ControlDecoder::dependency);
    table.put("elect", ControlDecoder::elect);
    table.put("shfl", ControlDecoder::shuffle);
    table.put("vote", ControlDecoder::vote);
    table.put("redux", ControlDecoder::reduce);
    table.put("activemask", ControlDecoder::active);
  }

  private static Op branch(Insn insn) {
    boolean uniform = insn.accept("uni");
    insn.requireCount(1, 1);
    return new ControlOps.Branch(insn.label(0), uniform);
  }

  private static Op end(Insn insn) {
    insn.ignore("uni");
    return new ControlOps.Exit();
  }

  private static Op sleep(Insn insn) {
    insn.require("u32");
    insn.requireCount(1, 1);
    insn.source(0, PtxType.U32);
    return new ControlOps.Sleep();
  }

  /** Grids do not overlap here; what waiting means is that it was done: see {@link GlobalAccess}. */
  private static Op dependency(Insn insn) {
    return insn.require("launch_dependents", "wait").equals("wait")
        ? new ControlOps.AwaitGrid()
        : new ControlOps.Nothing();
  }

  private static Op elect(Insn insn) {
    insn.require("sync");
    insn.requireCount(2, 2);
    if (!(insn.operand(0) instanceof PtxOperand.Pair pair)) {
      throw insn.error("DG-EMU-04", "the destination must be a register and a predicate: d|p");
    }
    return new WarpOps.Elect(
        insn.destination(pair.first(), PtxType.B32),
        insn.destination(pair.second(), PtxType.PRED),
        insn.source(1, PtxType.B32));
  }

  private static Op shuffle(Insn insn) {
    insn.require("sync");
    WarpOps.Shuffle.Mode mode =
        switch (insn.require("up", "down", "bfly", "idx")) {
          case "up" -> WarpOps.Shuffle.Mode.UP;
          case "down" -> WarpOps.Shuffle.Mode.DOWN;
          case "bfly" -> WarpOps.Shuffle.Mode.BFLY;
          default -> WarpOps.Shuffle.Mode.IDX;
        };
    insn.require("b32");
    insn.requireCount(5, 5);
    PtxOperand d = insn.operand(0);
    int p = -1;
    if (d instanceof PtxOperand.Pair pair) {
      p = insn.destination(pair.second(), PtxType.PRED);
      d = pair.first();
    }
    return new WarpOps.Shuffle(
        mode,
        insn.destination(d, PtxType.B32),
        p,
        insn.source(1, PtxType.B32),
        insn.source(2, PtxType.B32),
        insn.source(3, PtxType.B32),
        insn.source(4, PtxType.B32));
  }

  private static Op vote(Insn insn) {
    insn.require("sync");
    WarpOps.Vote.Mode mode =
        switch (insn.require("all", "any", "uni", "ballot")) {
          case "all" -> WarpOps.Vote.Mode.ALL;
          case "any" -> WarpOps.Vote.Mode.ANY;
          case "uni" -> WarpOps.Vote.Mode.UNI;
          default -> WarpOps.Vote.Mode.BALLOT;
        };
    boolean ballot = mode == WarpOps.Vote.Mode.BALLOT;
    PtxType type = insn.type();
    if (type != (ballot ? PtxType.B32 : PtxType.PRED)) {
      throw insn.error("DG-EMU-03", "type %s is not modelled", type.ptxName());
    }
    insn.requireCount(3, 3);
    return new WarpOps.Vote(
        mode,
        insn.destination(0, type),
        insn.predicate(insn.operand(1)),
        Insn.negated(insn.operand(1)),
        insn.source(2, PtxType.B32));
  }

  private static Op reduce(Insn insn) {
    insn.require("sync");
    String operation = insn.require("add", "min", "max", "and", "or", "xor");
    PtxType type = insn.type();
    insn.requireCount(3, 3);
    Fn fn =
        switch (operation) {
          case "add" -> (a, b, c) -> a + b;
          case "min" -> (a, b, c) -> IntegerDecoder.compare(type, a, b) <= 0 ? a : b;
          case "max" -> (a, b, c) -> IntegerDecoder.compare(type, a, b) >= 0 ? a : b;
          case "and" -> (a, b, c) -> a & b;
          case "or" -> (a, b, c) -> a | b;
          default -> (a, b, c) -> a ^ b;
        };
    return new WarpOps.Reduce(
        fn, insn.destination(0, type), insn.source(1, type), insn.source(2, PtxType.B32));
  }

  private static Op active(Insn insn) {
    insn.require("b32");
    insn.requireCount(1, 1);
    return new WarpOps.Active(insn.destination(0, PtxType.B32));
  }
}
