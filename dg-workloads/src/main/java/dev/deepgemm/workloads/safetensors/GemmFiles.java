package dev.deepgemm.workloads.safetensors;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.workloads.files.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a GEMM in a safetensors file: {@code a} [m, k] and {@code b} [n, k] in F8_E4M3 with
 * {@code a_scale} F32 [m, cdiv(k, 128)] and {@code b_scale} F32 [cdiv(n, 128), cdiv(k, 128)], the layout
 * in which FP8 checkpoints publish {@code weight} and {@code weight_scale_inv}; or in BF16 without
 * scales.
 */
public final class GemmFiles {
  private static final int MOST_NAMES = 12;

  /** A row of more does not fit an array. */
  private static final long MOST_EXTENT = 1L << 28;

  private final Safetensors file;
  private final List<Problem> problems = new ArrayList<>();

  private GemmFiles(Safetensors file) {
    this.file = file;
  }

  /**
   * Reads the inputs.
   *
   * @throws InputException with everything that is wrong ({@code DG-FILE-01} to {@code DG-FILE-10})
   */
  public static GemmData read(Path path) {
    try (Safetensors file = Safetensors.open(path)) {
      return new GemmFiles(file).read();
    }
  }

  private GemmData read() {
    TensorInfo a = matrix("a", List.of("F8_E4M3", "BF16"));
    TensorInfo b = matrix("b", List.of("F8_E4M3", "BF16"));
    InputException.throwIfAny(problems);
    if (a == null || b == null) {
      throw new IllegalStateException("missing tensors are problems");
    }
    if (!a.dtype().equals(b.dtype())) {
      problem("DG-FILE-09", "a is %s and b is %s; legal: the same type", a.dtype(), b.dtype());
    }
    if (!a.shape().get(1).equals(b.shape().get(1))) {
      problem(
          "DG-FILE-09",
          "a is %s and b is %s; legal: a [m, k] and b [n, k] with the same k",
          a.shape(),
          b.shape());
    }
    boolean scaled = a.dtype().equals("F8_E4M3");
    int m = a.shape().get(0).intValue();
    int n = b.shape().get(0).intValue();
    int blocks = cdiv(a.shape().get(1).intValue(), ScaleScheme.BLOCK);
    TensorInfo aScale = null;
    TensorInfo bScale = null;
    if (scaled) {
      aScale = scale("a_scale", m, blocks, "[m, cdiv(k, 128)]");
      bScale =
          scale("b_scale", cdiv(n, ScaleScheme.BLOCK), blocks, "[cdiv(n, 128), cdiv(k, 128)]");
    } else if (file.tensor("a_scale").isPresent() || file.tensor("b_scale").isPresent()) {
      problem(
          "DG-FILE-09", "a and b are BF16 and there are scales; legal: none (or F8_E4M3 inputs)");
    }
    InputException.throwIfAny(problems);
    DataType type = scaled ? DataType.FP8_E4M3 : DataType.BF16;
    HostMatrix sfa = aScale == null ? null : transposed(finite(aScale));
    HostMatrix sfb = bScale == null ? null : finite(bScale);
    InputException.throwIfAny(problems);
    return new GemmData(file.read(a, type), file.read(b, type), sfa, sfb);
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

  private @Nullable TensorInfo scale(String name, int rows, int cols, String rule) {
    TensorInfo tensor = matrix(name, List.of("F32"));
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

  /** Kernels want the scales of A with m contiguous; files have them the other way round. */
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
