package dev.deepgemm.ptx;

/** A predicate register: one bit per thread. */
public final class Pred extends Reg {
  Pred(String name) {
    super(name);
  }
}
