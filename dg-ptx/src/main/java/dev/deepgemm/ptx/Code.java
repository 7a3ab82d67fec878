package dev.deepgemm.ptx;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The body of a kernel under construction: one method per PTX instruction, named after it, plus
 * structured control flow.
 *
 * <p>What it can do is told in five parts, each an interface of which this is the only
 * implementation: {@link Variables}, {@link IntegerOps}, {@link FloatOps}, {@link MemoryOps} and
 * {@link ControlFlow}. Code that emits kernels needs none of their names: all of it is called on
 * {@code code}.
 *
 * <p>A method that computes returns a fresh register, so most code reads as expressions. What
 * changes over a loop is a variable ({@link Variables}).
 *
 * <p>Integers are unsigned unless the name says otherwise. Addresses of shared memory are {@link
 * SmemAddress}, 32 bits wide; those of global memory {@link U64}.
 *
 * <p>{@link #raw} is the way out for an instruction that has no method, and {@link #newU32} and its
 * sisters give the registers that such an instruction writes.
 */
public final class Code implements Variables, IntegerOps, FloatOps, MemoryOps, ControlFlow {
  final Emission emission;

  Code(Emission emission) {
    this.emission = emission;
  }

  /** Emits one instruction as text, without the semicolon. */
  public void raw(String instruction) {
    emission.line("\t" + instruction + ";");
  }

  /**
   * Emits one instruction as text, without the semicolon.
   *
   * @param feature what not every target has; the kernel's has to
   */
  public void raw(IsaFeature feature, String instruction) {
    emission.require(feature);
    raw(instruction);
  }

  /**
   * Whether a family of instructions costs nothing here: the kernel's target has it, and every assembler that
   * knows the target knows it. For a choice between two ways to say the same.
   */
  public boolean offers(IsaFeature feature) {
    return emission.offers(feature);
  }

  /** A heading for the reader of the PTX: which role, or which phase of it, begins here. */
  public void section(String title) {
    emission.line("\t// ---------------- " + title);
  }

  /** Emits a comment: what the next instructions are for. */
  public void comment(String text) {
    emission.line("\t// " + text);
  }

  /** A fresh 32-bit register, for the raw instruction that writes it. */
  public U32 newU32() {
    return new U32(emission.nameB32());
  }

  /** A fresh 64-bit register, for the raw instruction that writes it. */
  public U64 newU64() {
    return new U64(emission.nameB64());
  }

  /** A fresh float register, for the raw instruction that writes it. */
  public F32 newF32() {
    return new F32(emission.nameF32());
  }

  /** A fresh predicate register, for the raw instruction that writes it. */
  public Pred newPred() {
    return new Pred(emission.namePred());
  }

  /** An address operand with an immediate offset. */
  public static String at(Reg address, int offset) {
    return offset == 0 ? "[" + address + "]" : "[" + address + "+" + offset + "]";
  }

  /** A vector operand of registers. */
  public static String vector(Stream<? extends Reg> registers) {
    return registers.map(Reg::name).collect(Collectors.joining(", ", "{", "}"));
  }
}
