package dev.deepgemm.emulator.internal.decode;

import dev.deepgemm.emulator.internal.machine.Program;
import dev.deepgemm.emulator.internal.machine.SpecialRegister;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Hands out rows of the register file behind the declared registers. */
final class Rows {
  private final Map<Long, Integer> literals = new HashMap<>();
  private final Map<Long, Integer> addresses = new HashMap<>();
  private final Map<SpecialRegister, Integer> specials = new EnumMap<>(SpecialRegister.class);
  private final List<Program.Literal> literalRows = new ArrayList<>();
  private final List<Program.AddressRow> addressRows = new ArrayList<>();
  private final List<Program.SpecialRow> specialRows = new ArrayList<>();
  private final int first;
  private int next;

  Rows(int registers) {
    this.first = registers;
    this.next = registers;
  }

  /** The first row that is not a declared register. */
  int first() {
    return first;
  }

  int literal(long value) {
    return literals.computeIfAbsent(
        value,
        v -> {
          literalRows.add(new Program.Literal(next, v));
          return next++;
        });
  }

  /** The address of a shared variable: in a cluster, every CTA has its own. */
  int sharedAddress(long offset) {
    return addresses.computeIfAbsent(
        offset,
        o -> {
          addressRows.add(new Program.AddressRow(next, o));
          return next++;
        });
  }

  int special(SpecialRegister special) {
    return specials.computeIfAbsent(
        special,
        s -> {
          specialRows.add(new Program.SpecialRow(next, s));
          return next++;
        });
  }

  /** A row that is written and never read: the operand {@code _}. */
  int sink() {
    return next++;
  }

  int count() {
    return next;
  }

  List<Program.Literal> literalRows() {
    return List.copyOf(literalRows);
  }

  List<Program.AddressRow> addressRows() {
    return List.copyOf(addressRows);
  }

  List<Program.SpecialRow> specialRows() {
    return List.copyOf(specialRows);
  }
}
