package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.ptx.Param;

/**
 * An operand as plain memory, which threads address themselves.
 *
 * @param address of its first element
 * @param stride16 from one row to the next, in units of {@value #STRIDE_UNIT} bytes
 * @param rows how many rows exist
 */
public record PlainMatrix(Param.Address address, Param.Int stride16, Param.Int rows) {
  /** What strides are counted in, bytes: TMA demands multiples of it. */
  public static final int STRIDE_UNIT = MatrixRule.TMA_UNIT;

  /** Declares an operand whose rows TMA could copy, too. */
  public static PlainMatrix declare(
      KernelArguments arguments, OperandRole role, DataType type, Extent rows) {
    String name = role.label();
    return new PlainMatrix(
        arguments.address(name, role),
        arguments.integer(
            name + "_stride16", launch -> stride16(launch.operands().require(role), type)),
        arguments.integer(name + "_rows", launch -> rows.of(launch.desc())));
  }

  /** The rules about operands allow no stride that does not fit. */
  private static int stride16(DeviceMatrix matrix, DataType type) {
    return Math.toIntExact(matrix.stride() * type.bytes() / STRIDE_UNIT);
  }
}
