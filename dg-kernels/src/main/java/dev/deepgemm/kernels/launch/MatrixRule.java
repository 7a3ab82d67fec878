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
 * @param access how it is read or written
 * @param layout what has to be given, for a message that it is missing
 */
record MatrixRule(OperandRole role, DataType type, Extent columns, Access access, String layout)
    implements OperandRule {
  /** What TMA counts addresses and strides in, bytes. */
  static final int TMA_UNIT = 16;

  /** How a matrix is read or written. */
  enum Access {
    /**
     * By TMA: rows start at multiples of 16 bytes. TMA clips what it reads at the last element, so the extents
     * are free as long as the rows are padded.
     */
    TMA("TMA", "TMA reads and writes units of 16 bytes"),
    /** By threads that find rows in units of 16 bytes ({@link PlainMatrix}), and store vectors. */
    ROWS("the kernel", "the kernel finds rows in units of 16 bytes"),
    /** Element by element. */
    ELEMENTS("", "");

    private final String who;
    private final String why;

    Access(String who, String why) {
      this.who = who;
      this.why = why;
    }
  }

  private int alignment() {
    return access == Access.ELEMENTS ? type.bytes() : TMA_UNIT;
  }

  private int strideUnit() {
    return alignment() / type.bytes();
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
              access == Access.ELEMENTS ? "it is read as " + type : access.why));
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
              "%s has rows of %d %s elements (%d bytes); %s needs a multiple of %d elements (16"
                  + " bytes): pad the rows to %d",
              role.label(),
              matrix.stride(),
              type,
              matrix.stride() * type.bytes(),
              access.who,
              unit,
              (matrix.stride() + unit - 1) / unit * unit));
    }
  }
}
