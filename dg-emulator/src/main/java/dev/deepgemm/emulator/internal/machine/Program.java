package dev.deepgemm.emulator.internal.machine;

import dev.deepgemm.emulator.internal.parse.PtxKernel;
import java.util.List;

/**
 * A decoded kernel: immutable, shared by all clusters.
 *
 * <p>Literals, addresses of shared variables and special registers are rows of the register file like any register, filled when a
 * warp is made. So every operand is a row, and operations have one form instead of one for each mix
 * of registers and literals.
 *
 * @param kernel the parsed entry
 * @param ops the body; the last one ends the thread
 * @param rows rows of the register file: registers, then all others
 * @param literals rows that hold a literal
 * @param addresses rows that hold the address of a shared variable
 * @param specials rows that hold a special register
 * @param reduces whether a copy of it adds to global memory
 */
public record Program(
    PtxKernel kernel,
    Op[] ops,
    int rows,
    List<Literal> literals,
    List<AddressRow> addresses,
    List<SpecialRow> specials,
    boolean reduces) {
  /** A row in which every lane holds the same value. */
  public record Literal(int row, long value) {}

  /** A row that holds the address, in the CTA's own window, of what is at an offset of it. */
  public record AddressRow(int row, long offset) {}

  /** A row in which every lane holds its value of a special register. */
  public record SpecialRow(int row, SpecialRegister special) {}
}
