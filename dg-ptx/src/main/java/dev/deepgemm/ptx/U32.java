package dev.deepgemm.ptx;

/**
 * A register of 32 bits without a fixed interpretation: integers, bits, packed pairs of 16 bits.
 */
public sealed class U32 extends Reg permits U32Var {
  U32(String name) {
    super(name);
  }
}
