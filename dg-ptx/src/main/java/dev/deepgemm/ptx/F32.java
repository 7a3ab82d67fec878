package dev.deepgemm.ptx;

/** A register that holds an IEEE single. */
public sealed class F32 extends Reg permits F32Var {
  F32(String name) {
    super(name);
  }
}
