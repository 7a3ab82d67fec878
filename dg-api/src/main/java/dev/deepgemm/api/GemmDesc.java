package dev.deepgemm.api;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A GEMM problem: everything that the choice of a configuration may look at.
 *
 * <p>D[m, n] = A[m, k] x B[n, k]^T, FP32 accumulation. Extents are elements. For grouped kinds m,
 * n, k and groups are what the configuration rules expect to be handed (for {@link
 * GemmKind#M_GROUPED_MASKED} m is the expected number of rows per group).
 *
 * @param kind one matrix pair or a group of them
 * @param scaling how FP8 operands are scaled
 * @param m rows of A and D
 * @param n rows of B, columns of D
 * @param k inner extent
 * @param groups number of groups or the batch size; 1 for {@link GemmKind#NORMAL}
 * @param majorA which dimension of A is contiguous
 * @param majorB which dimension of B is contiguous
 * @param abType type of A and B
 * @param cdType type of D
 * @param accumulate whether the product is added to D
 * @param smLimit SMs that the launch may use; {@link #ALL_SMS} means all that the device has
 */
// Equality is written out here, in Swizzles and in ThreadRoles: what the compiler makes for records
// is
// linked on first use, and the first use of the first one costs a fresh JVM 25 ms (the next ones 1
// to
// 10), in the middle of somebody's first call.
public record GemmDesc(
    GemmKind kind,
    Scaling scaling,
    int m,
    int n,
    int k,
    int groups,
    Major majorA,
    Major majorB,
    DataType abType,
    DataType cdType,
    boolean accumulate,
    int smLimit) {

  /** The SM limit of a problem that may use the whole device. */
  public static final int ALL_SMS = 0;

  /** Checks extents, limit and groups; {@code DG-DESC-01} to {@code DG-DESC-03}. */
  public GemmDesc {
    List<Problem> problems = new ArrayList<>();
    requirePositive(problems, "m", m);
    requirePositive(problems, "n", n);
    requirePositive(problems, "k", k);
    requirePositive(problems, "groups", groups);
    if (smLimit < 0) {
      problems.add(
          Problem.of(
              "DG-DESC-02",
              "SM limit is %,d; legal: 1 or more, or %d for all SMs of the device",
              smLimit,
              ALL_SMS));
    }
    if (kind == GemmKind.NORMAL && groups > 1) {
      problems.add(
          Problem.of(
              "DG-DESC-03",
              "groups is %,d for a NORMAL problem; legal: 1. Several problems of one shape are"
                  + " BATCHED",
              groups));
    }
    InvalidGemmException.throwIfAny(problems);
  }

  private static void requirePositive(List<Problem> problems, String name, int value) {
    if (value <= 0) {
      problems.add(
          Problem.of(
              "DG-DESC-01",
              "%s is %,d; legal: 1 or more (an empty product needs no kernel: skip the call)",
              name,
              value));
    }
  }

  /** FP8 with DeepSeek's scales ({@link Scaling#KERNEL_1D2D}), NT, BF16 out. */
  public static GemmDesc fp8(int m, int n, int k) {
    return new GemmDesc(
        GemmKind.NORMAL,
        Scaling.KERNEL_1D2D,
        m,
        n,
        k,
        1,
        Major.K,
        Major.K,
        DataType.FP8_E4M3,
        DataType.BF16,
        false,
        ALL_SMS);
  }

  /** BF16 without scales, NT; {@code cdType} is BF16 or FP32. */
  public static GemmDesc bf16(int m, int n, int k, DataType cdType) {
    return new GemmDesc(
        GemmKind.NORMAL,
        Scaling.KERNEL_NO_SF,
        m,
        n,
        k,
        1,
        Major.K,
        Major.K,
        DataType.BF16,
        cdType,
        false,
        ALL_SMS);
  }

  /** The same problem with another SM limit. */
  public GemmDesc withSmLimit(int limit) {
    return new GemmDesc(
        kind, scaling, m, n, k, groups, majorA, majorB, abType, cdType, accumulate, limit);
  }

  /**
   * The same problem with another number of rows: what changes from one token count to the next.
   */
  public GemmDesc withM(int rows) {
    return new GemmDesc(
        kind, scaling, rows, n, k, groups, majorA, majorB, abType, cdType, accumulate, smLimit);
  }

  /** The same problem with another number of columns. */
  public GemmDesc withN(int columns) {
    return new GemmDesc(
        kind, scaling, m, columns, k, groups, majorA, majorB, abType, cdType, accumulate, smLimit);
  }

  /** The same problem with another inner extent. */
  public GemmDesc withK(int inner) {
    return new GemmDesc(
        kind, scaling, m, n, inner, groups, majorA, majorB, abType, cdType, accumulate, smLimit);
  }

  /** Two floating-point operations per multiply-add, over all groups. */
  public double flops() {
    return 2.0 * m * n * k * groups;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GemmDesc that
        && m == that.m
        && n == that.n
        && k == that.k
        && smLimit == that.smLimit
        && kind == that.kind
        && scaling == that.scaling
        && groups == that.groups
        && majorA == that.majorA
        && majorB == that.majorB
        && abType == that.abType
        && cdType == that.cdType
        && accumulate == that.accumulate;
  }

  @Override
  public int hashCode() {
    int hash = m;
    hash = 31 * hash + n;
    hash = 31 * hash + k;
    hash = 31 * hash + smLimit;
    hash = 31 * hash + groups;
    hash = 31 * hash + kind.ordinal();
    hash = 31 * hash + scaling.ordinal();
    hash = 31 * hash + abType.ordinal();
    hash = 31 * hash + cdType.ordinal();
    hash = 31 * hash + majorA.ordinal();
    hash = 31 * hash + majorB.ordinal();
    return 31 * hash + (accumulate ? 1 : 0);
  }
}
