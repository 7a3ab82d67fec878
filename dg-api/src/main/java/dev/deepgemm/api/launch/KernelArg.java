package dev.deepgemm.api.launch;

import org.jspecify.annotations.Nullable;

/**
 * An argument of a kernel: a value, and where it carries the address of an operand, which operand that is.
 * A launcher then uses a plan again for other addresses by filling in these, and asks nobody.
 */
public sealed interface KernelArg {

  /**
   * Where an address comes from.
   *
   * @param role the operand
   * @param offset bytes from its address
   */
  record Origin(OperandRole role, long offset) {
    /** The address among these operands. */
    public long in(GemmOperands operands) {
      return operands.require(role).address() + offset;
    }
  }

  /** Where the address in this argument comes from; null if there is none, or it is constant. */
  @Nullable Origin origin();

  /** A tensor map, passed by value: {@code .param .align 64 .b8 name[128]}. */
  record Map(TensorMap map, @Nullable Origin origin) implements KernelArg {
    /** A map whose address is constant. */
    public Map(TensorMap map) {
      this(map, null);
    }

    /** A map of an operand that was made for its address. */
    public static Map of(TensorMap map, OperandRole role) {
      return new Map(map, new Origin(role, 0));
    }
  }

  /** A device address: {@code .param .u64}. */
  record Address(long value, @Nullable Origin origin) implements KernelArg {
    /** A constant address. */
    public Address(long value) {
      this(value, null);
    }

    /** The address of an operand. */
    public static Address of(GemmOperands operands, OperandRole role) {
      Origin origin = new Origin(role, 0);
      return new Address(origin.in(operands), origin);
    }
  }

  /** A 32-bit integer: {@code .param .u32}. */
  record Int(int value) implements KernelArg {
    @Override
    public @Nullable Origin origin() {
      return null;
    }
  }
}
