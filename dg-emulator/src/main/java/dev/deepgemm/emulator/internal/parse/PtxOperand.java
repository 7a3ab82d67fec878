package dev.deepgemm.emulator.internal.parse;

import java.util.List;

/** An operand as written; names are not resolved yet. */
public sealed interface PtxOperand {
  /** A register, label, variable, parameter or special register. */
  record Name(String text) implements PtxOperand {
    @Override
    public String toString() {
      return text;
    }
  }

  /** An integer literal. */
  record Int(long value) implements PtxOperand {
    @Override
    public String toString() {
      return Long.toString(value);
    }
  }

  /** A floating-point literal. */
  record Real(double value) implements PtxOperand {}

  /** {@code name+4}: the address of a variable, moved. */
  record Offset(PtxOperand base, long offset) implements PtxOperand {}

  /** {@code [base+offset]}. */
  record Address(PtxOperand base, long offset) implements PtxOperand {}

  /** {@code [map, {c0, c1}]}. */
  record TensorAddress(PtxOperand map, Vector coordinates) implements PtxOperand {}

  /** {@code {a, b}}. */
  record Vector(List<PtxOperand> elements) implements PtxOperand {}

  /** {@code d|p}. */
  record Pair(PtxOperand first, PtxOperand second) implements PtxOperand {}

  /** {@code !p}. */
  record Not(PtxOperand predicate) implements PtxOperand {}
}
