package dev.deepgemm.reference;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.launch.OperandRole;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of one GEMM in host memory, in the layouts of {@link dev.deepgemm.api.launch.GemmOperands}.
 *
 * @param signature what is multiplied: one product, of which A and B may lie in either order
 * @param operands A, B, their scales where they are scaled ({@link ScaleScheme#FP32_1D2D} or {@link
 *     ScaleScheme#FP32_1D1D}), and C where the product is added to it
 */
public record GemmData(Signature signature, Map<OperandRole, HostMatrix> operands) {
  private static final int BLOCK = ScaleScheme.BLOCK;

  /**
   * Copies the map, and checks that the parts fit each other and the signature.
   *
   * @throws IllegalArgumentException if they do not; the message says which, and what is legal
   */
  public GemmData {
    operands = Collections.unmodifiableMap(new EnumMap<>(operands));
    new Shapes(signature, operands).check();
  }

  /** The inputs of an NT product: BF16 without scales, or FP8 with {@link ScaleScheme#FP32_1D2D}. */
  public GemmData(
      HostMatrix a, HostMatrix b, @Nullable HostMatrix scalesA, @Nullable HostMatrix scalesB) {
    this(
        scalesA == null ? Signature.BF16.withTypes(a.type(), b.type()) : Signature.FP8,
        map(a, b, scalesA, scalesB));
  }

  private static Map<OperandRole, HostMatrix> map(
      HostMatrix a, HostMatrix b, @Nullable HostMatrix scalesA, @Nullable HostMatrix scalesB) {
    Map<OperandRole, HostMatrix> operands = new EnumMap<>(OperandRole.class);
    operands.put(OperandRole.A, a);
    operands.put(OperandRole.B, b);
    if (scalesA != null) {
      operands.put(OperandRole.SCALES_A, scalesA);
    }
    if (scalesB != null) {
      operands.put(OperandRole.SCALES_B, scalesB);
    }
    return operands;
  }

  /** What a message calls legal. */
  private record Shapes(Signature signature, Map<OperandRole, HostMatrix> operands) {
    void check() {
      HostMatrix a = operands.get(OperandRole.A);
      HostMatrix b = operands.get(OperandRole.B);
      if (a == null || b == null || signature.kind() != GemmKind.NORMAL) {
        throw new IllegalArgumentException(
            signature.kind() + " of " + operands.keySet() + "; legal: NORMAL, with A and B");
      }
      InputMatrix rowsOfA = new InputMatrix(a, signature.majorA());
      InputMatrix rowsOfB = new InputMatrix(b, signature.majorB());
      if (rowsOfA.k() != rowsOfB.k()
          || a.type() != signature.aType()
          || b.type() != signature.bType()) {
        throw new IllegalArgumentException(
            "a is " + a + ", b is " + b + "; " + signature + " multiplies others");
      }
      int m = rowsOfA.rows();
      int n = rowsOfB.rows();
      int blocks = cdiv(rowsOfA.k(), BLOCK);
      ScaleScheme scaling = signature.scaling();
      boolean scaled = scaling.isScaled();
      boolean perRow = scaling.equals(ScaleScheme.FP32_1D1D);
      if (scaled && !perRow && !scaling.equals(ScaleScheme.FP32_1D2D)) {
        throw new IllegalArgumentException("scales " + scaling + "; legal: none, 1d1d and 1d2d");
      }
      require(OperandRole.SCALES_A, scaled, DataType.FP32, blocks, m);
      require(
          OperandRole.SCALES_B,
          scaled,
          DataType.FP32,
          perRow ? blocks : cdiv(n, BLOCK),
          perRow ? n : blocks);
      require(OperandRole.C, signature.accumulate(), signature.dType(), m, n);
    }

    private void require(OperandRole role, boolean wanted, DataType type, int rows, int cols) {
      HostMatrix matrix = operands.get(role);
      boolean fits =
          matrix == null
              ? !wanted
              : wanted && matrix.type() == type && matrix.rows() == rows && matrix.cols() == cols;
      if (!fits) {
        throw new IllegalArgumentException(
            String.format(
                "%s is %s; legal: %s",
                role.label(),
                matrix == null ? "missing" : matrix,
                wanted ? type + "[" + rows + ", " + cols + "]" : "none"));
      }
    }
  }

  /**
   * Random inputs for a problem; what they look like is said at {@link RandomInputs}.
   *
   * @param desc a NORMAL problem without scales, or with {@link ScaleScheme#FP32_1D2D} or {@link
   *     ScaleScheme#FP32_1D1D}
   * @param seed same seed, same bytes, whatever the number of processors
   * @throws IllegalArgumentException for any other kind of problem
   */
  public static GemmData random(GemmDesc desc, long seed) {
    if (desc.kind() != GemmKind.NORMAL) {
      throw new IllegalArgumentException("no random inputs for " + desc);
    }
    Map<OperandRole, HostMatrix> operands = unset(desc);
    new RandomInputs(desc, seed).fill(operands);
    return new GemmData(desc.signature(), operands);
  }

  /** Matrices of zeros for a problem, in rows padded to 16 bytes; the padding is NaN. */
  public static Map<OperandRole, HostMatrix> unset(GemmDesc desc) {
    Map<OperandRole, HostMatrix> operands = new EnumMap<>(OperandRole.class);
    operands.put(OperandRole.A, input(desc.aType(), desc.majorA(), desc.m(), desc.k()));
    operands.put(OperandRole.B, input(desc.bType(), desc.majorB(), desc.n(), desc.k()));
    if (desc.scaling().isScaled()) {
      int blocks = cdiv(desc.k(), BLOCK);
      operands.put(OperandRole.SCALES_A, HostMatrix.padded(DataType.FP32, blocks, desc.m()));
      operands.put(
          OperandRole.SCALES_B,
          desc.scaling().equals(ScaleScheme.FP32_1D1D)
              ? HostMatrix.padded(DataType.FP32, blocks, desc.n())
              : HostMatrix.strided(DataType.FP32, cdiv(desc.n(), BLOCK), blocks, blocks));
    }
    if (desc.accumulate()) {
      operands.put(OperandRole.C, HostMatrix.padded(desc.dType(), desc.m(), desc.n()));
    }
    operands.values().forEach(HostMatrix::poisonPadding);
    return operands;
  }

  private static HostMatrix input(DataType type, Major major, int rows, int k) {
    return major == Major.K ? HostMatrix.padded(type, rows, k) : HostMatrix.padded(type, k, rows);
  }

  /** A as it lies in memory: [m, k], or [k, m] if MN-major. */
  public HostMatrix a() {
    return matrix(OperandRole.A);
  }

  /** B as it lies in memory: [n, k], or [k, n] if MN-major. */
  public HostMatrix b() {
    return matrix(OperandRole.B);
  }

  /** Scales of A, FP32 [cdiv(k, 128), m]; null without scaling. */
  public @Nullable HostMatrix scalesA() {
    return operands.get(OperandRole.SCALES_A);
  }

  /**
   * Scales of B, null without scaling: FP32 [cdiv(n, 128), cdiv(k, 128)] for 1D2D, [cdiv(k, 128), n] for
   * 1D1D.
   */
  public @Nullable HostMatrix scalesB() {
    return operands.get(OperandRole.SCALES_B);
  }

  /** What the product is added to, [m, n]; null if it is not. */
  public @Nullable HostMatrix c() {
    return operands.get(OperandRole.C);
  }

  private HostMatrix matrix(OperandRole role) {
    return Objects.requireNonNull(operands.get(role));
  }

  /** A as [m, k]. */
  public InputMatrix rowsOfA() {
    return new InputMatrix(a(), signature.majorA());
  }

  /** B as [n, k]. */
  public InputMatrix rowsOfB() {
    return new InputMatrix(b(), signature.majorB());
  }

  /** Rows of A and D. */
  public int m() {
    return rowsOfA().rows();
  }

  /** Rows of B, columns of D. */
  public int n() {
    return rowsOfB().rows();
  }

  /** Inner extent. */
  public int k() {
    return rowsOfA().k();
  }

  /**
   * The same inputs with columns of zeros in B, as [k, n], and in C, so that n is a multiple of {@code
   * unit}; itself if it is one already.
   *
   * @param unit a divisor of 128, so that no scale changes its place
   */
  public GemmData withPaddedN(int unit) {
    if (BLOCK % unit != 0) {
      throw new IllegalArgumentException("unit " + unit + "; legal: divisors of 128");
    }
    int columns = IntMath.align(n(), unit);
    if (columns == n()) {
      return this;
    }
    Map<OperandRole, HostMatrix> padded = new EnumMap<>(operands);
    boolean kMajor = signature.majorB() == Major.K;
    padded.put(
        OperandRole.B, kMajor ? copy(b(), columns, b().cols()) : copy(b(), b().rows(), columns));
    HostMatrix scales = scalesB();
    if (scales != null && signature.scaling().equals(ScaleScheme.FP32_1D1D)) {
      padded.put(OperandRole.SCALES_B, copy(scales, scales.rows(), columns));
    }
    HostMatrix c = c();
    if (c != null) {
      padded.put(OperandRole.C, copy(c, c.rows(), columns));
    }
    return new GemmData(signature, padded);
  }

  /** The same elements, zeros behind them. */
  private static HostMatrix copy(HostMatrix from, int rows, int cols) {
    HostMatrix to = HostMatrix.padded(from.type(), rows, cols).poisonPadding();
    int bytes = from.cols() * from.type().bytes();
    for (int row = 0; row < from.rows(); row++) {
      System.arraycopy(
          from.chunkOf(row),
          from.offsetInChunk(row),
          to.chunkOf(row),
          to.offsetInChunk(row),
          bytes);
    }
    return to;
  }

  /** Row {@code i} of A as numbers, scales applied. */
  void decodeA(int i, double[] into) {
    rowsOfA().decodeRow(i, into);
    HostMatrix scales = scalesA();
    if (scales != null) {
      for (int kk = 0; kk < into.length; kk++) {
        into[kk] *= scales.get(kk / BLOCK, i);
      }
    }
  }

  /** Row {@code j} of B as [n, k] as numbers, scales applied. */
  void decodeB(int j, double[] into) {
    rowsOfB().decodeRow(j, into);
    HostMatrix scales = scalesB();
    if (scales != null) {
      boolean perRow = signature.scaling().equals(ScaleScheme.FP32_1D1D);
      for (int kk = 0; kk < into.length; kk++) {
        into[kk] *= perRow ? scales.get(kk / BLOCK, j) : scales.get(j / BLOCK, kk / BLOCK);
      }
    }
  }
}
