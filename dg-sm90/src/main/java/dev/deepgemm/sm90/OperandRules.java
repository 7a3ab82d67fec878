package dev.deepgemm.sm90;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the kernels demand of operands. TMA reads and writes rows that start at multiples of 16
 * bytes. It clips reads at the last element, so m and k may be anything as long as the rows are
 * padded; but writes it clips in units of 16 bytes (seen on an H200: with n = 1,100 BF16 columns it
 * wrote 1,104), so n has to fill them, or a neighbour in memory would be overwritten.
 */
final class OperandRules {
  private static final int TMA_ALIGNMENT = 16;

  private final List<Problem> problems = new ArrayList<>();

  private OperandRules() {}

  static List<Problem> check(GemmDesc desc, GemmOperands operands) {
    return isClean(desc, operands) ? List.of() : problems(desc, operands);
  }

  /**
   * Whether nothing is wrong. It says the same as {@link #problems} does (a test holds both against each
   * other) without allocating: every launch asks.
   */
  static boolean isClean(GemmDesc desc, GemmOperands operands) {
    DataType in = desc.aType();
    DataType out = desc.dType();
    if (!fitsTma(operands.a(), in, desc.k())
        || !fitsTma(operands.b(), desc.bType(), desc.k())
        || !fitsTma(operands.d(), out, desc.n())
        || desc.n() % (TMA_ALIGNMENT / out.bytes()) != 0) {
      return false;
    }
    DeviceMatrix sfa = operands.scalesA();
    DeviceMatrix sfb = operands.scalesB();
    if (!desc.scaling().isScaled()) {
      return sfa == null && sfb == null;
    }
    return sfa != null
        && sfb != null
        && fitsTma(sfa, DataType.FP32, desc.m())
        && fits(sfb, Float.BYTES, cdiv(desc.k(), ScaleScheme.BLOCK));
  }

  private static boolean fitsTma(DeviceMatrix matrix, DataType type, int columns) {
    return fits(matrix, TMA_ALIGNMENT, columns)
        && matrix.stride() % (TMA_ALIGNMENT / type.bytes()) == 0;
  }

  private static boolean fits(DeviceMatrix matrix, int alignment, int columns) {
    return matrix.address() != 0
        && matrix.address() % alignment == 0
        && matrix.stride() >= columns
        && matrix.stride() <= Integer.MAX_VALUE;
  }

  static List<Problem> problems(GemmDesc desc, GemmOperands operands) {
    OperandRules rules = new OperandRules();
    rules.tma("a", operands.a(), desc.aType(), desc.k(), "k");
    rules.tma("b", operands.b(), desc.bType(), desc.k(), "k");
    rules.tma("d", operands.d(), desc.dType(), desc.n(), "n");
    rules.wholeUnits(desc);
    if (!desc.scaling().isScaled()) {
      rules.absent("sfa", operands.scalesA());
      rules.absent("sfb", operands.scalesB());
    } else {
      rules.scales(desc, operands);
    }
    return List.copyOf(rules.problems);
  }

  private void tma(String name, DeviceMatrix matrix, DataType type, int columns, String extent) {
    address(name, matrix, TMA_ALIGNMENT, "TMA reads and writes units of 16 bytes");
    stride(name, matrix, columns, extent);
    int elements = TMA_ALIGNMENT / type.bytes();
    if (matrix.stride() % elements != 0) {
      problems.add(
          Problem.of(
              "DG-ARG-03",
              "%s has rows of %d %s elements (%d bytes); TMA needs a multiple of %d elements (16"
                  + " bytes): pad the rows to %d",
              name,
              matrix.stride(),
              type,
              matrix.stride() * type.bytes(),
              elements,
              (matrix.stride() + elements - 1) / elements * elements));
    }
  }

  private void wholeUnits(GemmDesc desc) {
    int elements = TMA_ALIGNMENT / desc.dType().bytes();
    if (desc.n() % elements != 0) {
      problems.add(
          Problem.of(
              "DG-ARG-06",
              "n is %d; legal with %s output: multiples of %d, because TMA writes whole units of 16"
                  + " bytes. Pad B with zero rows and give d room for %d columns",
              desc.n(),
              desc.dType(),
              elements,
              (desc.n() + elements - 1) / elements * elements));
    }
  }

  private void address(String name, DeviceMatrix matrix, int alignment, String why) {
    if (matrix.address() == 0 || matrix.address() % alignment != 0) {
      problems.add(
          Problem.of(
              "DG-ARG-01",
              "address of %s is 0x%x; legal: a device address that is a multiple of %d bytes (%s)",
              name,
              matrix.address(),
              alignment,
              why));
    }
  }

  private void stride(String name, DeviceMatrix matrix, int columns, String extent) {
    if (matrix.stride() < columns || matrix.stride() > Integer.MAX_VALUE) {
      problems.add(
          Problem.of(
              "DG-ARG-02",
              "stride of %s is %d elements; legal: %s = %d or more, below 2^31",
              name,
              matrix.stride(),
              extent,
              columns));
    }
  }

  private void scales(GemmDesc desc, GemmOperands operands) {
    DeviceMatrix sfa = operands.scalesA();
    if (sfa == null) {
      missing("sfa", "[cdiv(k, 128), m], m contiguous");
    } else {
      tma("sfa", sfa, DataType.FP32, desc.m(), "m");
    }
    DeviceMatrix sfb = operands.scalesB();
    if (sfb == null) {
      missing("sfb", "[cdiv(n, 128), cdiv(k, 128)], k contiguous");
    } else {
      address("sfb", sfb, Float.BYTES, "it is read as FP32");
      stride("sfb", sfb, cdiv(desc.k(), ScaleScheme.BLOCK), "cdiv(k, 128)");
    }
  }

  private void missing(String name, String layout) {
    problems.add(
        Problem.of("DG-ARG-04", "%s is missing; a scaled GEMM needs FP32 %s", name, layout));
  }

  private void absent(String name, @Nullable DeviceMatrix matrix) {
    if (matrix != null) {
      problems.add(
          Problem.of(
              "DG-ARG-05",
              "%s is given, but KERNEL_NO_SF does not scale: leave it out, or describe a scaled GEMM",
              name));
    }
  }
}
