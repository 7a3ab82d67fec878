package dev.deepgemm.ptx;

/**
 * Registers that change: made here, assigned here.
 *
 * <p>One that is made without a value must be assigned on every way to its first use; the assembler
 * warns where it is not, and the emulator refuses.
 */
public sealed interface Variables permits Code {
  private Emission out() {
    return ((Code) this).emission;
  }

  /** An integer variable that starts as a copy. */
  default U32Var var(U32 initial) {
    return out().result(u32Var(), "mov.u32", initial);
  }

  /** An integer variable that starts as a constant. */
  default U32Var var(int initial) {
    return out().result(u32Var(), "mov.u32", initial);
  }

  /** An address variable that starts as a copy. */
  default SmemVar var(SmemAddress initial) {
    return out().result(smemVar(), "mov.u32", initial);
  }

  /** An integer variable without a value. */
  default U32Var u32Var() {
    return new U32Var(out().nameB32());
  }

  /** A float variable without a value. */
  default F32Var f32Var() {
    return new F32Var(out().nameF32());
  }

  /** An address variable without a value. */
  default SmemVar smemVar() {
    return new SmemVar(out().nameB32());
  }

  /** Assigns a variable. */
  default void set(U32Var variable, U32 value) {
    out().instruction("mov.u32", variable, value);
  }

  /** Assigns a variable a constant. */
  default void set(U32Var variable, int value) {
    out().instruction("mov.u32", variable, value);
  }

  /** Assigns a variable. */
  default void set(SmemVar variable, SmemAddress value) {
    out().instruction("mov.u32", variable, value);
  }

  /** Assigns a variable. */
  default void set(F32Var variable, F32 value) {
    out().instruction("mov.f32", variable, value);
  }

  /** Assigns a variable where the predicate holds. */
  default void setIf(Pred condition, F32Var variable, F32 value) {
    out().instruction("@" + condition + " mov.f32", variable, value);
  }

  /** Sets a variable to zero. */
  default void zero(F32Var variable) {
    out().instruction("mov.f32", variable, "0f00000000");
  }

  /** {@code variable += b}. */
  default void increment(U32Var variable, U32 b) {
    out().instruction("add.u32", variable, variable, b);
  }

  /** {@code variable += b}. */
  default void increment(U32Var variable, int b) {
    out().instruction("add.u32", variable, variable, b);
  }

  /** {@code variable = a * b}, rounded to nearest. */
  default void setProduct(F32Var variable, F32 a, F32 b) {
    out().instruction("mul.rn.f32", variable, a, b);
  }

  /** {@code sum += a}, rounded to nearest. */
  default void accumulate(F32Var sum, F32 a) {
    out().instruction("add.rn.f32", sum, sum, a);
  }

  /** {@code sum += a * b}, one rounding. */
  default void fma(F32Var sum, F32 a, F32 b) {
    out().instruction("fma.rn.f32", sum, a, b, sum);
  }
}
