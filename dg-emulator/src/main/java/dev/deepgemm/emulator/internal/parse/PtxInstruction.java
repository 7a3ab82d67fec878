package dev.deepgemm.emulator.internal.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instruction as written.
 *
 * @param line line of its opcode; 1 is the first
 * @param guard predicate register that guards it, or null
 * @param guardNegated whether the guard is {@code @!p}
 * @param opcode first part of the instruction's name: {@code cp}, {@code wgmma}
 * @param modifiers the other parts, in order, without dots
 * @param operands operands in order
 * @param scope block in which its names are looked up
 */
public record PtxInstruction(
    int line,
    @Nullable String guard,
    boolean guardNegated,
    String opcode,
    List<String> modifiers,
    List<PtxOperand> operands,
    PtxScope scope) {

  /** The whole name, as written. */
  public String fullName() {
    return modifiers.isEmpty() ? opcode : opcode + "." + String.join(".", modifiers);
  }
}
