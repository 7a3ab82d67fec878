package dev.deepgemm.emulator.internal.parse;

import java.util.ArrayList;
import java.util.List;

/** Reads the operands of an instruction. */
final class OperandParser {
  private final TokenStream in;

  OperandParser(TokenStream in) {
    this.in = in;
  }

  /** All operands up to the semicolon, which is left. */
  List<PtxOperand> list() {
    List<PtxOperand> found = new ArrayList<>();
    if (in.at(";")) {
      return found;
    }
    do {
      found.add(operand());
    } while (in.accept(","));
    return found;
  }

  private PtxOperand operand() {
    if (in.at("{")) {
      return vector();
    }
    if (in.accept("[")) {
      return address();
    }
    if (in.accept("!")) {
      return new PtxOperand.Not(simple());
    }
    PtxOperand first = simple();
    if (in.accept("|")) {
      return new PtxOperand.Pair(first, simple());
    }
    long offset = offset();
    return offset == 0 ? first : new PtxOperand.Offset(first, offset);
  }

  private PtxOperand.Vector vector() {
    in.expect("{");
    List<PtxOperand> elements = new ArrayList<>();
    do {
      elements.add(simple());
    } while (in.accept(","));
    in.expect("}");
    return new PtxOperand.Vector(List.copyOf(elements));
  }

  private PtxOperand address() {
    PtxOperand base = simple();
    long offset = offset();
    if (in.accept(",")) {
      PtxOperand.Vector coordinates = vector();
      in.expect("]");
      if (offset != 0) {
        throw new SyntaxException(
            "DG-EMU-01", in.peek().line(), "the address of a tensor map takes no offset");
      }
      return new PtxOperand.TensorAddress(base, coordinates);
    }
    in.expect("]");
    return new PtxOperand.Address(base, offset);
  }

  /** Any number of {@code +4} and {@code -4}, added up. */
  private long offset() {
    long sum = 0;
    while (in.at("+") || in.at("-")) {
      boolean minus = in.next().is("-");
      PtxOperand term = simple();
      if (!(term instanceof PtxOperand.Int literal)) {
        throw new SyntaxException(
            "DG-EMU-01", in.peek().line(), "an offset must be a literal, got %s", term);
      }
      sum += minus ? -literal.value() : literal.value();
    }
    return sum;
  }

  private PtxOperand simple() {
    if (in.accept("-")) {
      PtxOperand value = simple();
      if (value instanceof PtxOperand.Int literal) {
        return new PtxOperand.Int(-literal.value());
      } else if (value instanceof PtxOperand.Real literal) {
        return new PtxOperand.Real(-literal.value());
      }
      throw new SyntaxException(
          "DG-EMU-01", in.peek().line(), "only a literal can be negated, got %s", value);
    }
    PtxLexer.Token token = in.next();
    if (!token.isWord()) {
      throw new SyntaxException(
          "DG-EMU-01", token.line(), "expected an operand, got \"%s\"", token.text());
    }
    String text = token.text();
    if (!Character.isDigit(text.charAt(0))) {
      return new PtxOperand.Name(text);
    }
    try {
      return literal(text);
    } catch (NumberFormatException e) {
      throw new SyntaxException("DG-EMU-01", token.line(), "\"%s\" is not a number", text);
    }
  }

  private static PtxOperand literal(String text) {
    if (text.matches("0[fF][0-9a-fA-F]{8}")) {
      return new PtxOperand.Real(
          Float.intBitsToFloat(Integer.parseUnsignedInt(text.substring(2), 16)));
    } else if (text.matches("0[dD][0-9a-fA-F]{16}")) {
      return new PtxOperand.Real(
          Double.longBitsToDouble(Long.parseUnsignedLong(text.substring(2), 16)));
    } else if (!text.startsWith("0x") && !text.startsWith("0X") && text.matches(".*[.eE].*")) {
      return new PtxOperand.Real(Double.parseDouble(text));
    }
    return new PtxOperand.Int(integer(text));
  }

  /** An integer literal: decimal, hexadecimal, octal or binary, with or without the suffix U. */
  static long integer(String literal) {
    String text =
        literal.endsWith("U") || literal.endsWith("u")
            ? literal.substring(0, literal.length() - 1)
            : literal;
    if (text.startsWith("0x") || text.startsWith("0X")) {
      return Long.parseUnsignedLong(text.substring(2), 16);
    } else if (text.startsWith("0b") || text.startsWith("0B")) {
      return Long.parseUnsignedLong(text.substring(2), 2);
    } else if (text.length() > 1 && text.startsWith("0")) {
      return Long.parseUnsignedLong(text.substring(1), 8);
    }
    return Long.parseUnsignedLong(text);
  }
}
