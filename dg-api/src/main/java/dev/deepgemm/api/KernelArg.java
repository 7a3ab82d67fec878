package dev.deepgemm.api;

/** An argument of a kernel. */
public sealed interface KernelArg {
  /** A tensor map, passed by value: {@code .param .align 64 .b8 name[128]}. */
  record Map(TensorMap map) implements KernelArg {}

  /** A device address: {@code .param .u64}. */
  record Address(long value) implements KernelArg {}

  /** A 32-bit integer: {@code .param .u32}. */
  record Int(int value) implements KernelArg {}
}
