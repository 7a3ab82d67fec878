package dev.deepgemm.ptx;

/** A {@link U32} that can be assigned: a loop counter, a parity, a cursor. */
public final class U32Var extends U32 {
  U32Var(String name) {
    super(name);
  }
}
