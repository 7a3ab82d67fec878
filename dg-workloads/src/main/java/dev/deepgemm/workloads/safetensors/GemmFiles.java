package dev.deepgemm.workloads.safetensors;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.workloads.files.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a GEMM in a safetensors file.
 *
 * <table>
 * <caption>Tensors</caption>
 * <tr><th>name</th><th>type</th><th>shape</th></tr>
 * <tr><td>a</td><td>F8_E4M3 or BF16</td><td>[m, k], or [k, m] if A is MN-major</td></tr>
 * <tr><td>b</td><td>that of a</td><td>[n, k], or [k, n] if B is MN-major</td></tr>
 * <tr><td>a_scale</td><td>F32, for F8_E4M3</td><td>[m, cdiv(k, 128)]</td></tr>
 * <tr><td>b_scale</td><td>F32, for F8_E4M3</td><td>[cdiv(n, 128), cdiv(k, 128)] for 1D2D, the layout in which
 * FP8 checkpoints publish {@code weight} and {@code weight_scale_inv}; [n, cdiv(k, 128)] for 1D1D</td></tr>
 * <tr><td>c</td><td>that of D, if the product is added to it</td><td>[m, n]</td></tr>
 * </table>
 */
public final class GemmFiles {
  private static final int MOST_NAMES = 12;

  /** A row of more does not fit an array. */
  private static final long MOST_EXTENT = 1L << 28;

  private static final List<String> SCALES = List.of("a_scale", "b_scale");

  private final Safetensors file;
  private final List<Problem> problems = new ArrayList<>();
  private final Map<OperandRole, HostMatrix> operands = new EnumMap<>(OperandRole.class);

  private GemmFiles(Safetensors file) {
    this.file = file;
  }

  /**
   * Reads the inputs.
   *
   * @param signatures what is multiplied, for the type of A and B in the file
   * @throws InputException with everything that is wrong ({@code DG-FILE-01} to {@code DG-FILE-10})
   */
  public static GemmData read(Path path, Function<DataType, Signature> signatures) {
    try (Safetensors file = Safetensors.open(path)) {
      return new GemmFiles(file).read(signatures);
    }
  }

  private GemmData read(Function<DataType, Signature> signatures) {
    TensorInfo a = matrix("a", List.of("F8_E4M3", "BF16"));
    TensorInfo b = matrix("b", List.of("F8_E4M3", "BF16"));
    InputException.throwIfAny(problems);
    if (a == null || b == null) {
      throw new IllegalStateException("missing tensors are problems");
    }
    if (!a.dtype().equals(b.dtype())) {
      problem("DG-FILE-09", "a is %s and b is %s; legal: the same type", a.dtype(), b.dtype());
    }
    boolean fp8 = a.dtype().equals("F8_E4M3");
    DataType type = fp8 ? DataType.FP8_E4M3 : DataType.BF16;
    Signature signature = signatures.apply(type);
    if (fp8 != signature.scaling().isScaled()) {
      throw new IllegalArgumentException(type + " with scales " + signature.scaling());
    }
    Extents extents = extents(signature, a, b);
    final TensorInfo aScale = fp8 ? scaleOfA(extents) : null;
    final TensorInfo bScale = fp8 ? scaleOfB(signature, extents) : null;
    if (!fp8 && SCALES.stream().anyMatch(name -> file.tensor(name).isPresent())) {
      problem(
          "DG-FILE-09", "a and b are BF16 and there are scales; legal: none (or F8_E4M3 inputs)");
    }
    final TensorInfo c = c(signature, extents);
    InputException.throwIfAny(problems);
    if (aScale != null && bScale != null) {
      operands.put(OperandRole.SCALES_A, transposed(finite(aScale)));
      HostMatrix scales = finite(bScale);
      operands.put(OperandRole.SCALES_B, perRow(signature) ? transposed(scales) : scales);
    }
    InputException.throwIfAny(problems);
    operands.put(OperandRole.A, file.read(a, type));
    operands.put(OperandRole.B, file.read(b, type));
    if (c != null) {
      operands.put(OperandRole.C, file.read(c, signature.dType()));
    }
    return new GemmData(signature, operands);
  }

  private record Extents(int m, int n, int k) {
    int blocks() {
      return cdiv(k, ScaleScheme.BLOCK);
    }
  }

  private Extents extents(Signature signature, TensorInfo a, TensorInfo b) {
    int ofA = signature.majorA() == Major.K ? 0 : 1;
    int ofB = signature.majorB() == Major.K ? 0 : 1;
    if (!a.shape().get(1 - ofA).equals(b.shape().get(1 - ofB))) {
      problem(
          "DG-FILE-09",
          "a is %s and b is %s; legal: a %s and b %s with the same k",
          a.shape(),
          b.shape(),
          ofA == 0 ? "[m, k]" : "[k, m]",
          ofB == 0 ? "[n, k]" : "[k, n]");
    }
    return new Extents(
        a.shape().get(ofA).intValue(),
        b.shape().get(ofB).intValue(),
        a.shape().get(1 - ofA).intValue());
  }

  private static boolean perRow(Signature signature) {
    return signature.scaling().equals(ScaleScheme.FP32_1D1D);
  }

  private @Nullable TensorInfo scaleOfA(Extents extents) {
    return shaped("a_scale", "F32", "[m, cdiv(k, 128)]", extents.m, extents.blocks());
  }

  private @Nullable TensorInfo scaleOfB(Signature signature, Extents extents) {
    return perRow(signature)
        ? shaped("b_scale", "F32", "[n, cdiv(k, 128)]", extents.n, extents.blocks())
        : shaped(
            "b_scale",
            "F32",
            "[cdiv(n, 128), cdiv(k, 128)]",
            cdiv(extents.n, ScaleScheme.BLOCK),
            extents.blocks());
  }

  private @Nullable TensorInfo c(Signature signature, Extents extents) {
    if (signature.accumulate()) {
      String dtype = signature.dType() == DataType.FP32 ? "F32" : "BF16";
      return shaped("c", dtype, "[m, n]", extents.m, extents.n);
    }
    if (file.tensor("c").isPresent()) {
      problem(
          "DG-FILE-09",
          "there is a tensor \"c\", and nothing is added to it; accumulate, or leave it out");
    }
    return null;
  }

  private @Nullable TensorInfo matrix(String name, List<String> dtypes) {
    TensorInfo tensor = file.tensor(name).orElse(null);
    if (tensor == null) {
      problem("DG-FILE-08", "there is no tensor \"%s\"; the file has %s", name, names());
      return null;
    }
    if (!dtypes.contains(tensor.dtype())) {
      problem(
          "DG-FILE-09",
          "tensor \"%s\" is %s; legal: %s",
          name,
          SafetensorsHeader.shown(tensor.dtype()),
          String.join(" or ", dtypes));
    }
    if (tensor.shape().size() != 2
        || tensor.shape().stream().anyMatch(extent -> extent < 1 || extent > MOST_EXTENT)) {
      problem(
          "DG-FILE-09",
          "tensor \"%s\" has shape %s; legal: two extents, each 1 to 2^28",
          name,
          tensor.shape());
    }
    return tensor;
  }

  private @Nullable TensorInfo shaped(String name, String dtype, String rule, int rows, int cols) {
    TensorInfo tensor = matrix(name, List.of(dtype));
    if (tensor != null && !tensor.shape().equals(List.of((long) rows, (long) cols))) {
      problem(
          "DG-FILE-09",
          "tensor \"%s\" has shape %s; legal: %s = [%d, %d]",
          name,
          tensor.shape(),
          rule,
          rows,
          cols);
    }
    return tensor;
  }

  /** Reads scales and looks for NaN and infinities, of which one would spoil 128 columns silently. */
  private HostMatrix finite(TensorInfo tensor) {
    HostMatrix scales = file.read(tensor, DataType.FP32);
    for (int row = 0; row < scales.rows(); row++) {
      for (int col = 0; col < scales.cols(); col++) {
        if (!Float.isFinite(scales.get(row, col))) {
          problem(
              "DG-FILE-10",
              "%s[%d, %d] is %s; legal: finite numbers",
              tensor.name(),
              row,
              col,
              scales.get(row, col));
          return scales;
        }
      }
    }
    return scales;
  }

  /** Kernels want scales of rows with m or n contiguous; files have them the other way round. */
  private static HostMatrix transposed(HostMatrix scales) {
    HostMatrix turned = HostMatrix.padded(DataType.FP32, scales.cols(), scales.rows());
    for (int row = 0; row < scales.rows(); row++) {
      for (int col = 0; col < scales.cols(); col++) {
        turned.set(col, row, scales.get(row, col));
      }
    }
    return turned;
  }

  private String names() {
    String listed =
        StreamSupport.stream(file.names().spliterator(), false)
            .limit(MOST_NAMES)
            .map(SafetensorsHeader::shown)
            .collect(Collectors.joining(", "));
    return listed.isEmpty() ? "none" : listed;
  }

  private void problem(String id, String format, Object... args) {
    problems.add(Problem.of(id, format, args));
  }
}
