package dev.deepgemm.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A GEMM problem: everything that the choice of a configuration may look at.
 *
 * <p>D = A B^T, FP32 accumulation, for one pair of matrices or a group of them.
 *
 * @param signature what is compiled: kind, types, layouts, scales
 * @param shape sizes
 * @param smLimit SMs that the launch may use; {@link #ALL_SMS} means all that the device has
 */
// Equality is written out here and in other records that are keys: what the compiler makes for
// records is linked on first use, and the first use of the first one costs a fresh JVM 25 ms (the
// next ones 1 to 10), in the middle of somebody's first call.
public record GemmDesc(Signature signature, Shape shape, int smLimit) {

  /** The SM limit of a problem that may use the whole device. */
  public static final int ALL_SMS = 0;

  /**
   * Checks the limit ({@code DG-DESC-02}), and that shape and signature are of one kind
   * ({@code DG-DESC-07}).
   */
  public GemmDesc {
    if (smLimit < 0) {
      throw new InvalidGemmException(
          List.of(
              Problem.of(
                  "DG-DESC-02",
                  "SM limit is %,d; legal: 1 or more, or %d for all SMs of the device",
                  smLimit,
                  ALL_SMS)));
    }
    if (shape.kind() != signature.kind()) {
      throw new InvalidGemmException(
          List.of(
              Problem.of(
                  "DG-DESC-07",
                  "a %s signature with sizes of %s; legal: one kind. Use the form of Shape for it",
                  signature.kind(),
                  shape.kind())));
    }
  }

  /** A problem that may use all SMs. */
  public static GemmDesc of(Signature signature, Shape shape) {
    return new GemmDesc(signature, shape, ALL_SMS);
  }

  /** FP8 with DeepSeek's scales ({@link ScaleScheme#FP32_1D2D}), NT, BF16 out. */
  public static GemmDesc fp8(int m, int n, int k) {
    return of(Signature.FP8, new Shape.Dense(m, n, k));
  }

  /** BF16 without scales, NT; {@code dType} is BF16 or FP32. */
  public static GemmDesc bf16(int m, int n, int k, DataType dType) {
    return of(Signature.BF16.withOutput(dType), new Shape.Dense(m, n, k));
  }

  /** The same problem with another SM limit. */
  public GemmDesc withSmLimit(int limit) {
    return new GemmDesc(signature, shape, limit);
  }

  /** The same sizes with another signature of the same kind. */
  public GemmDesc withSignature(Signature other) {
    return new GemmDesc(other, shape, smLimit);
  }

  /** The same problem with other sizes of the same kind. */
  public GemmDesc withShape(Shape other) {
    return new GemmDesc(signature, other, smLimit);
  }

  /**
   * The same problem with another number of rows: what changes from one token count to the next.
   */
  public GemmDesc withM(int rows) {
    return withShape(shape.withM(rows));
  }

  /** The same problem with another number of columns. */
  public GemmDesc withN(int columns) {
    return withShape(shape.withN(columns));
  }

  /** The same problem with another inner extent. */
  public GemmDesc withK(int inner) {
    return withShape(shape.withK(inner));
  }

  /** Rows; see {@link Shape#m}. */
  public int m() {
    return shape.m();
  }

  /** Columns of D. */
  public int n() {
    return shape.n();
  }

  /** Inner extent; see {@link Shape#k}. */
  public int k() {
    return shape.k();
  }

  /** Number of groups or the batch size; 1 for {@link GemmKind#NORMAL}. */
  public int groups() {
    return shape.groups();
  }

  /** One matrix pair or a group of them. */
  public GemmKind kind() {
    return signature.kind();
  }

  /** How A and B are scaled. */
  public ScaleScheme scaling() {
    return signature.scaling();
  }

  /** Which dimension of A is contiguous. */
  public Major majorA() {
    return signature.majorA();
  }

  /** Which dimension of B is contiguous. */
  public Major majorB() {
    return signature.majorB();
  }

  /** Type of A. */
  public DataType aType() {
    return signature.aType();
  }

  /** Type of B. */
  public DataType bType() {
    return signature.bType();
  }

  /** Type of D. */
  public DataType dType() {
    return signature.dType();
  }

  /** Whether the product is added to C. */
  public boolean accumulate() {
    return signature.accumulate();
  }

  /** Two floating-point operations per multiply-add, over all groups. */
  public double flops() {
    double inner = shape instanceof Shape.KGrouped grouped ? grouped.totalK() : k();
    int groups = shape instanceof Shape.KGrouped ? 1 : shape.tiledGroups();
    return 2.0 * m() * n() * inner * groups;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GemmDesc that
        && smLimit == that.smLimit
        && shape.equals(that.shape)
        && signature.equals(that.signature);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * shape.hashCode() + smLimit) + signature.hashCode();
  }
}
