package dev.deepgemm.ptx;

/** The generic address of a tensor map, as TMA instructions want it. */
public final class TensorMapAddress extends Reg {
  TensorMapAddress(String name) {
    super(name);
  }
}
