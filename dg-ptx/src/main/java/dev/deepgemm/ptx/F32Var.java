package dev.deepgemm.ptx;

/** An {@link F32} that can be assigned: a sum, a scale that is replaced. */
public final class F32Var extends F32 {
  F32Var(String name) {
    super(name);
  }
}
