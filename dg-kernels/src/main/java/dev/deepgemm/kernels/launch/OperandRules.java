package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import java.util.List;

/** The rules about operands that parts pick from. */
public final class OperandRules {
  private OperandRules() {}

  /** A matrix that TMA copies. */
  public static OperandRule tma(OperandRole role, DataType type, Extent columns, String layout) {
    return new MatrixRule(role, type, columns, MatrixRule.Access.TMA, layout);
  }

  /** A matrix whose rows threads find themselves ({@link PlainMatrix}): they start at multiples of 16 bytes. */
  public static OperandRule rows(OperandRole role, DataType type, Extent columns, String layout) {
    return new MatrixRule(role, type, columns, MatrixRule.Access.ROWS, layout);
  }

  /** A matrix that is read element by element. */
  public static OperandRule plain(OperandRole role, DataType type, Extent columns, String layout) {
    return new MatrixRule(role, type, columns, MatrixRule.Access.ELEMENTS, layout);
  }

  /** A role that must not be given. */
  public static OperandRule absent(OperandRole role, String why) {
    return new Absent(role, why);
  }

  /** C is not there, or it is D. */
  public static OperandRule cIsD() {
    return new CIsD();
  }

  /**
   * n fills whole units of 16 bytes of D. TMA clips reads at the element but writes in such units (seen on an
   * H200: with n = 1,100 BF16 columns it wrote 1,104), and a neighbour in memory would be overwritten.
   */
  public static OperandRule wholeUnitsOfD(DataType type) {
    return new WholeUnits(type);
  }

  private record Absent(OperandRole role, String why) implements OperandRule {
    @Override
    public boolean holds(GemmDesc desc, GemmOperands operands) {
      return operands.get(role) == null;
    }

    @Override
    public void explain(GemmDesc desc, GemmOperands operands, List<Problem> problems) {
      if (!holds(desc, operands)) {
        problems.add(Problem.of("DG-ARG-05", "%s is given, but %s", role.label(), why));
      }
    }
  }

  private record CIsD() implements OperandRule {
    @Override
    public boolean holds(GemmDesc desc, GemmOperands operands) {
      DeviceMatrix c = operands.c();
      DeviceMatrix d = operands.get(OperandRole.D);
      // That D is missing, another rule says.
      return c == null || d == null || c.equals(d);
    }

    @Override
    public void explain(GemmDesc desc, GemmOperands operands, List<Problem> problems) {
      if (!holds(desc, operands)) {
        DeviceMatrix c = operands.require(OperandRole.C);
        DeviceMatrix d = operands.d();
        problems.add(
            Problem.of(
                "DG-ARG-07",
                "c lies at 0x%x with rows of %d elements, and d at 0x%x with rows of %d; the kernel adds to"
                    + " d: copy c to d first, and leave c out",
                c.address(),
                c.stride(),
                d.address(),
                d.stride()));
      }
    }
  }

  private record WholeUnits(DataType type) implements OperandRule {
    private int elements() {
      return MatrixRule.TMA_UNIT / type.bytes();
    }

    @Override
    public boolean holds(GemmDesc desc, GemmOperands operands) {
      return desc.n() % elements() == 0;
    }

    @Override
    public void explain(GemmDesc desc, GemmOperands operands, List<Problem> problems) {
      if (!holds(desc, operands)) {
        problems.add(
            Problem.of(
                "DG-ARG-06",
                "n is %d; legal with %s output: multiples of %d, because TMA writes whole units of 16"
                    + " bytes. Pad B with zero rows and give d room for %d columns",
                desc.n(),
                type,
                elements(),
                (desc.n() + elements() - 1) / elements() * elements()));
      }
    }
  }
}
