package dev.deepgemm.ptx;

/** A register of 64 bits: addresses of global memory, matrix descriptors. */
public final class U64 extends Reg {
  U64(String name) {
    super(name);
  }
}
