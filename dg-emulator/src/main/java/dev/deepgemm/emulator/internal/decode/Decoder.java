package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.Program;
import dev.deepgemm.emulator.internal.ops.ControlOps;
import dev.deepgemm.emulator.internal.ops.CopyOps;
import dev.deepgemm.emulator.internal.parse.PtxInstruction;
import dev.deepgemm.emulator.internal.parse.PtxKernel;
import dev.deepgemm.emulator.internal.parse.SyntaxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Turns a parsed kernel into operations. Each family of instructions registers its opcodes; an
 * opcode that nobody registered, and a modifier that its decoder did not take, is refused with its
 * line, and all of them are reported at once.
 */
public final class Decoder {
  private final Map<String, Function<Insn, Op>> table = new HashMap<>();

  private Decoder() {
    IntegerDecoder.register(table);
    FloatDecoder.register(table);
    MoveDecoder.register(table);
    CompareDecoder.register(table);
    ConvertDecoder.register(table);
    ControlDecoder.register(table);
    MemoryDecoder.register(table);
    BarrierDecoder.register(table);
    AsyncDecoder.register(table);
    MatrixDecoder.register(table);
  }

  /**
   * Decodes a kernel.
   *
   * @throws FindingsException with everything that is not modelled
   */
  public static Program decode(PtxKernel kernel) {
    return new Decoder().run(kernel);
  }

  private Program run(PtxKernel kernel) {
    Rows rows = new Rows(kernel.registers().size());
    rows.literal(0);
    List<Problem> problems = new ArrayList<>();
    List<Op> ops = new ArrayList<>();
    for (PtxInstruction instruction : kernel.instructions()) {
      try {
        ops.add(decode(new Insn(instruction, rows)));
      } catch (SyntaxException e) {
        problems.add(e.problem());
      }
    }
    if (!problems.isEmpty()) {
      throw FindingsException.refused(problems);
    }
    Op end = new ControlOps.Exit();
    end.line = ops.isEmpty() ? 1 : ops.get(ops.size() - 1).line;
    end.name = "end of the kernel";
    ops.add(end);
    return new Program(
        kernel,
        ops.toArray(new Op[0]),
        rows.count(),
        rows.literalRows(),
        rows.addressRows(),
        rows.specialRows(),
        reduces(ops));
  }

  private static boolean reduces(List<Op> ops) {
    return ops.stream().anyMatch(op -> op instanceof CopyOps.Store store && store.adds());
  }

  private Op decode(Insn insn) {
    Function<Insn, Op> decoder = table.get(insn.opcode());
    if (decoder == null) {
      throw insn.error("DG-EMU-02", "the instruction is not modelled");
    }
    Op op = decoder.apply(insn);
    insn.finish();
    return insn.complete(op);
  }
}
