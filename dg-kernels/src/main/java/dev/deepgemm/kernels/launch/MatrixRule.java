package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import java.util.List;

/**
 * That a matrix is there, and lies so that it can be read.
 *
 * @param role which one
 * @param type of its elements
 * @param columns contiguous elements of a row
 * @param byTma whether TMA reads or writes it: rows then start at multiples of 16 bytes. TMA clips what it
 *     reads at the last element, so the extents are free as long as the rows are padded
 * @param layout what has to be given, for a message that it is missing
 */
record MatrixRule(OperandRole role, DataType type, Extent columns, boolean byTma, String layout)
    implements OperandRule {
  /** What TMA counts addresses and strides in, bytes. */
  static final int TMA_UNIT = 16;

  private int alignment() {
    return byTma ? TMA_UNIT : type.bytes();
  }

  private int strideUnit() {
    return byTma ? TMA_UNIT / type.bytes() : 1;
  }

  @Override
  public boolean holds(GemmDesc desc, GemmOperands operands) {
    DeviceMatrix matrix = operands.get(role);
    return matrix != null
        && matrix.address() != 0
        && matrix.address() % alignment() == 0
        && matrix.stride() >= columns.of(desc)
        && matrix.stride() <= Integer.MAX_VALUE
        && matrix.stride() % strideUnit() == 0;
  }

  @Override
  public void explain(GemmDesc desc, GemmOperands operands, List<Problem> problems) {
    DeviceMatrix matrix = operands.get(role);
    if (matrix == null) {
      problems.add(
          Problem.of("DG-ARG-04", "%s is missing; this GEMM needs %s", role.label(), layout));
      return;
    }
    if (matrix.address() == 0 || matrix.address() % alignment() != 0) {
      problems.add(
          Problem.of(
              "DG-ARG-01",
              "address of %s is 0x%x; legal: a device address that is a multiple of %d bytes (%s)",
              role.label(),
              matrix.address(),
              alignment(),
              byTma ? "TMA reads and writes units of 16 bytes" : "it is read as " + type));
    }
    if (matrix.stride() < columns.of(desc) || matrix.stride() > Integer.MAX_VALUE) {
      problems.add(
          Problem.of(
              "DG-ARG-02",
              "stride of %s is %d elements; legal: %s = %d or more, below 2^31",
              role.label(),
              matrix.stride(),
              columns.name(),
              columns.of(desc)));
    }
    int unit = strideUnit();
    if (matrix.stride() % unit != 0) {
      problems.add(
          Problem.of(
              "DG-ARG-03",
              "%s has rows of %d %s elements (%d bytes); TMA needs a multiple of %d elements (16"
                  + " bytes): pad the rows to %d",
              role.label(),
              matrix.stride(),
              type,
              matrix.stride() * type.bytes(),
              unit,
              (matrix.stride() + unit - 1) / unit * unit));
    }
  }
}
