package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.check.Text;
import dev.deepgemm.emulator.internal.machine.Addresses;
import dev.deepgemm.emulator.internal.machine.Op;
import dev.deepgemm.emulator.internal.machine.SpecialRegister;
import dev.deepgemm.emulator.internal.ops.MemoryOps;
import dev.deepgemm.emulator.internal.parse.PtxInstruction;
import dev.deepgemm.emulator.internal.parse.PtxOperand;
import dev.deepgemm.emulator.internal.parse.PtxScope;
import dev.deepgemm.emulator.internal.parse.PtxType;
import dev.deepgemm.emulator.internal.parse.SyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instruction while it is being decoded: modifiers are taken one by one, and one that nobody
 * took is an error, so that nothing is silently ignored.
 */
final class Insn {
  private final PtxInstruction source;
  private final Rows rows;
  private final List<String> modifiers;
  private final List<Integer> touched = new ArrayList<>();

  Insn(PtxInstruction source, Rows rows) {
    this.source = source;
    this.rows = rows;
    this.modifiers = new ArrayList<>(source.modifiers());
  }

  int line() {
    return source.line();
  }

  String opcode() {
    return source.opcode();
  }

  Rows rows() {
    return rows;
  }

  /** Takes a modifier if it is there, wherever. */
  boolean accept(String modifier) {
    return modifiers.remove(modifier);
  }

  /** Takes any number of modifiers that change nothing here. */
  void ignore(String... names) {
    for (String name : names) {
      modifiers.remove(name);
    }
  }

  /** Takes all modifiers that begin like that and change nothing here. */
  void ignorePrefix(String prefix) {
    modifiers.removeIf(modifier -> modifier.startsWith(prefix));
  }

  /** Takes one of several modifiers; null if none is there. */
  @Nullable String oneOf(String... names) {
    for (String name : names) {
      if (accept(name)) {
        return name;
      }
    }
    return null;
  }

  /** Takes one of several modifiers, one of which has to be there. */
  String require(String... names) {
    String found = oneOf(names);
    if (found == null) {
      throw error("DG-EMU-03", "needs one of the modifiers %s", List.of(names));
    }
    return found;
  }

  /** Takes the first modifier that is left; an error if there is none. */
  String take() {
    if (modifiers.isEmpty()) {
      throw error("DG-EMU-03", "lacks a modifier");
    }
    return modifiers.remove(0);
  }

  /** Takes the first modifier that is a type. */
  PtxType type() {
    for (String modifier : modifiers) {
      PtxType type = PtxType.of(modifier);
      if (type != null) {
        modifiers.remove(modifier);
        return type;
      }
    }
    throw error("DG-EMU-03", "lacks a type that is modelled");
  }

  /** An error unless every modifier was taken. */
  void finish() {
    if (!modifiers.isEmpty()) {
      throw error("DG-EMU-03", "modifier %s is not modelled", modifiers);
    }
  }

  int count() {
    return source.operands().size();
  }

  void requireCount(int low, int high) {
    if (count() < low || count() > high) {
      throw error(
          "DG-EMU-04",
          "has %d operands; legal: %s",
          count(),
          low == high ? low : low + " to " + high);
    }
  }

  PtxOperand operand(int i) {
    if (i >= count()) {
      throw error("DG-EMU-04", "lacks operand %d", i);
    }
    return source.operands().get(i);
  }

  /** The row of a source operand; literals become bits of {@code type}. */
  int source(int i, PtxType type) {
    return source(operand(i), type);
  }

  int source(PtxOperand operand, PtxType type) {
    if (operand instanceof PtxOperand.Int literal) {
      if (type == PtxType.F32 || type == PtxType.F64) {
        throw error("DG-EMU-04", "integer literal %s where %s is needed", literal, type.ptxName());
      }
      return rows.literal(type == PtxType.PRED ? literal.value() : literal.value() & type.mask());
    } else if (operand instanceof PtxOperand.Real literal) {
      return rows.literal(
          switch (type) {
            case F64, B64 -> Double.doubleToRawLongBits(literal.value());
            case F32, B32 -> Float.floatToRawIntBits((float) literal.value()) & 0xffffffffL;
            default ->
                throw error("DG-EMU-04", "a real literal where %s is needed", type.ptxName());
          });
    } else if (operand instanceof PtxOperand.Offset moved) {
      if (moved.base() instanceof PtxOperand.Name name) {
        PtxScope.Variable variable = source.scope().variable(name.text());
        if (variable != null) {
          return row(variable, moved.offset());
        }
      }
      throw error("DG-EMU-04", "%s is not the address of a variable", moved);
    } else if (operand instanceof PtxOperand.Name name) {
      return named(name.text(), type);
    }
    throw error("DG-EMU-04", "operand %s is not a register or literal", operand);
  }

  private int named(String name, PtxType type) {
    PtxScope.Register register = source.scope().register(name);
    if (register != null) {
      return touch(checked(register, type));
    }
    PtxScope.Variable variable = source.scope().variable(name);
    if (variable != null) {
      return row(variable, 0);
    }
    SpecialRegister special = SpecialRegister.of(name);
    if (special != null) {
      return rows.special(special);
    }
    throw error("DG-EMU-04", "there is no register, variable or special register \"%s\"", name);
  }

  private int row(PtxScope.Variable variable, long moved) {
    long offset = variable.offset() + moved;
    return variable.shared() ? rows.sharedAddress(offset) : rows.literal(offset);
  }

  private PtxScope.Register checked(PtxScope.Register register, PtxType type) {
    if (register.type().bytes() != type.bytes()) {
      throw error(
          "DG-EMU-04",
          "register %s is a %s where %s is needed",
          register.name(),
          register.type().ptxName(),
          type.ptxName());
    }
    return register;
  }

  private int touch(PtxScope.Register register) {
    touched.add(register.id());
    return register.id();
  }

  /** A register that is written; {@code _} is one that nobody reads. */
  int destination(int i, PtxType type) {
    return destination(operand(i), type);
  }

  int destination(PtxOperand operand, PtxType type) {
    PtxScope.Register register = registerOrNull(operand);
    return register == null ? rows.sink() : touch(checked(register, type));
  }

  /** A register of any width, for loads and conversions; null for {@code _}. */
  PtxScope.@Nullable Register anyWidth(PtxOperand operand) {
    PtxScope.Register register = registerOrNull(operand);
    if (register != null) {
      touch(register);
    }
    return register;
  }

  private PtxScope.@Nullable Register registerOrNull(PtxOperand operand) {
    if (operand instanceof PtxOperand.Name name) {
      PtxScope.Register register = source.scope().register(name.text());
      if (register != null) {
        return register;
      } else if (name.text().equals("_")) {
        return null;
      }
    }
    throw error("DG-EMU-04", "operand %s is not a register", operand);
  }

  /** Registers of a matrix fragment; they are tracked apart from ordinary operands. */
  int[] fragment(int i, int size, PtxType type) {
    if (!(operand(i) instanceof PtxOperand.Vector vector) || vector.elements().size() != size) {
      throw error("DG-EMU-04", "operand %d must be a vector of %d registers", i, size);
    }
    int[] found = new int[size];
    for (int e = 0; e < size; e++) {
      PtxScope.Register register = registerOrNull(vector.elements().get(e));
      if (register == null) {
        throw error("DG-EMU-04", "operand %d must name registers", i);
      }
      found[e] = checked(register, type).id();
    }
    return found;
  }

  /** Counts registers of a fragment as ordinary operands. */
  void touchAll(int[] registers) {
    for (int register : registers) {
      touched.add(register);
    }
  }

  /** The elements of a vector operand, or the operand alone. */
  List<PtxOperand> elements(int i) {
    return operand(i) instanceof PtxOperand.Vector vector ? vector.elements() : List.of(operand(i));
  }

  /** A predicate that is read, and whether it is negated. */
  int predicate(PtxOperand operand) {
    PtxOperand plain = operand instanceof PtxOperand.Not not ? not.predicate() : operand;
    return source(plain, PtxType.PRED);
  }

  static boolean negated(PtxOperand operand) {
    return operand instanceof PtxOperand.Not;
  }

  long literal(int i) {
    if (operand(i) instanceof PtxOperand.Int literal) {
      return literal.value();
    }
    throw error("DG-EMU-04", "operand %d must be an integer literal", i);
  }

  /** {@code [register+4]} or {@code [variable]}: a row and an offset. */
  MemoryOps.At address(int i, Addresses.Space space) {
    return address(operand(i), space);
  }

  MemoryOps.At address(PtxOperand operand, Addresses.Space space) {
    if (!(operand instanceof PtxOperand.Address address)) {
      throw error("DG-EMU-04", "operand %s is not an address", operand);
    }
    return new MemoryOps.At(space, pointer(address.base()), address.offset());
  }

  /** A register of 32 or 64 bits, a variable or a literal, as an address. */
  int pointer(PtxOperand base) {
    if (base instanceof PtxOperand.Name name) {
      PtxScope.Register register = source.scope().register(name.text());
      if (register != null && register.type().bytes() < 4) {
        throw error("DG-EMU-04", "register %s is too narrow for an address", name);
      }
      return source(base, register == null ? PtxType.B64 : register.type());
    }
    return source(base, PtxType.B64);
  }

  /** The position of a label's instruction. */
  int label(int i) {
    if (operand(i) instanceof PtxOperand.Name name) {
      Integer position = source.scope().label(name.text());
      if (position != null) {
        return position;
      }
    }
    throw error("DG-EMU-04", "there is no label \"%s\"", operand(i));
  }

  SyntaxException error(String id, String format, Object... args) {
    return new SyntaxException(
        id, source.line(), "%s: %s", source.fullName(), Text.format(format, args));
  }

  /** Fills in what every operation has. */
  Op complete(Op op) {
    op.line = source.line();
    op.name = source.fullName();
    String guard = source.guard();
    if (guard != null) {
      op.guard = source(new PtxOperand.Name(guard), PtxType.PRED);
      op.guardNegated = source.guardNegated();
    }
    int registers = rows.first();
    op.touched =
        touched.stream()
            .filter(row -> row < registers)
            .mapToInt(Integer::intValue)
            .distinct()
            .toArray();
    return op;
  }
}
