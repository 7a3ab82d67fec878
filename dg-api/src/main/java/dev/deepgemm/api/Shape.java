package dev.deepgemm.api;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a problem, one form for each {@link GemmKind}. All extents are elements and at least 1.
 *
 * <p>{@link #m}, {@link #n} and {@link #k} are what the choice of a configuration looks at; what they mean
 * for a kind is said there. They are known to the host. What the host does not know, the rows that really
 * are in each group, is read on the device.
 */
public sealed interface Shape {
  /** Rows that a configuration is chosen for. */
  int m();

  /** Columns of D, rows of B as [n, k]. */
  int n();

  /** Inner extent. */
  int k();

  /** Pairs of matrices; 1 for a dense problem. */
  int groups();

  /** The kind that has this form. */
  GemmKind kind();

  /** The same with another m. */
  Shape withM(int rows);

  /** The same with another n. */
  Shape withN(int columns);

  /** The same with another k. */
  Shape withK(int inner);

  /**
   * How often tiles of m x n are counted: once per group where every group has m rows of its own, and once
   * where m counts the rows of all groups.
   */
  default int tiledGroups() {
    return groups();
  }

  /** One product: D[m, n] = A[m, k] B[n, k]^T. */
  record Dense(int m, int n, int k) implements Shape {
    /** Checks the extents ({@code DG-DESC-01}). */
    public Dense {
      check(m, n, k, 1);
    }

    @Override
    public int groups() {
      return 1;
    }

    @Override
    public GemmKind kind() {
      return GemmKind.NORMAL;
    }

    @Override
    public Dense withM(int rows) {
      return new Dense(rows, n, k);
    }

    @Override
    public Dense withN(int columns) {
      return new Dense(m, columns, k);
    }

    @Override
    public Dense withK(int inner) {
      return new Dense(m, n, inner);
    }

    // Written out here and in the other forms as in GemmDesc, and for the same reason.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Dense that && m == that.m && n == that.n && k == that.k;
    }

    @Override
    public int hashCode() {
      return hash(m, n, k, 1);
    }
  }

  /** As many products of one shape: D[b] = A[b] B[b]^T. */
  record Batched(int groups, int m, int n, int k) implements Shape {
    /** Checks the extents ({@code DG-DESC-01}). */
    public Batched {
      check(m, n, k, groups);
    }

    @Override
    public GemmKind kind() {
      return GemmKind.BATCHED;
    }

    @Override
    public Batched withM(int rows) {
      return new Batched(groups, rows, n, k);
    }

    @Override
    public Batched withN(int columns) {
      return new Batched(groups, m, columns, k);
    }

    @Override
    public Batched withK(int inner) {
      return new Batched(groups, m, n, inner);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Batched that
          && groups == that.groups
          && m == that.m
          && n == that.n
          && k == that.k;
    }

    @Override
    public int hashCode() {
      return hash(m, n, k, groups);
    }
  }

  /**
   * Experts whose tokens lie one after the other in one A: A[m, k], B[groups, n, k], D[m, n].
   *
   * @param groups experts
   * @param m rows of A, those of all groups and the padding between them; every row counts once,
   *     however many groups there are
   */
  record Contiguous(int groups, int m, int n, int k) implements Shape {
    /** Checks the extents ({@code DG-DESC-01}). */
    public Contiguous {
      check(m, n, k, groups);
    }

    @Override
    public int tiledGroups() {
      return 1;
    }

    @Override
    public GemmKind kind() {
      return GemmKind.M_GROUPED_CONTIGUOUS;
    }

    @Override
    public Contiguous withM(int rows) {
      return new Contiguous(groups, rows, n, k);
    }

    @Override
    public Contiguous withN(int columns) {
      return new Contiguous(groups, m, columns, k);
    }

    @Override
    public Contiguous withK(int inner) {
      return new Contiguous(groups, m, n, inner);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Contiguous that
          && groups == that.groups
          && m == that.m
          && n == that.n
          && k == that.k;
    }

    @Override
    public int hashCode() {
      return hash(m, n, k, groups);
    }
  }

  /**
   * Experts with an A each, of which a number of rows is valid that only the device knows: A[groups,
   * maxRows, k], B[groups, n, k], D[groups, maxRows, n].
   *
   * @param groups experts
   * @param m rows that are expected to be valid in a group; a hint for the configuration alone
   * @param maxRows rows that a group has room for, at least {@code m}
   */
  record Masked(int groups, int m, int maxRows, int n, int k) implements Shape {
    /** Checks the extents ({@code DG-DESC-01}, {@code DG-DESC-05}). */
    public Masked {
      check(m, n, k, groups);
      if (maxRows < m) {
        throw new InvalidGemmException(
            List.of(
                Problem.of(
                    "DG-DESC-05",
                    "%,d rows are expected in a group that has room for %,d; legal: as many at most",
                    m,
                    maxRows)));
      }
    }

    @Override
    public GemmKind kind() {
      return GemmKind.M_GROUPED_MASKED;
    }

    /** Another number of expected rows; the room grows where it must. */
    @Override
    public Masked withM(int rows) {
      return new Masked(groups, rows, Math.max(maxRows, rows), n, k);
    }

    @Override
    public Masked withN(int columns) {
      return new Masked(groups, m, maxRows, columns, k);
    }

    @Override
    public Masked withK(int inner) {
      return new Masked(groups, m, maxRows, n, inner);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Masked that
          && groups == that.groups
          && m == that.m
          && maxRows == that.maxRows
          && n == that.n
          && k == that.k;
    }

    @Override
    public int hashCode() {
      return 31 * hash(m, n, k, groups) + maxRows;
    }
  }

  /**
   * Products that differ in k, for weight gradients: D[g] (+)= A[g] B[g]^T.
   *
   * @param groups how many there are
   * @param k the largest inner extent of a group
   * @param totalK all inner extents together, at least {@code k}
   */
  record KGrouped(int groups, int m, int n, int k, long totalK) implements Shape {
    /** Checks the extents ({@code DG-DESC-01}, {@code DG-DESC-06}). */
    public KGrouped {
      check(m, n, k, groups);
      if (totalK < k || totalK > (long) k * groups) {
        throw new InvalidGemmException(
            List.of(
                Problem.of(
                    "DG-DESC-06",
                    "%,d groups of at most k %,d have k %,d in all; legal: %,d to %,d",
                    groups,
                    k,
                    totalK,
                    k,
                    (long) k * groups)));
      }
    }

    @Override
    public GemmKind kind() {
      return GemmKind.K_GROUPED_CONTIGUOUS;
    }

    @Override
    public KGrouped withM(int rows) {
      return new KGrouped(groups, rows, n, k, totalK);
    }

    @Override
    public KGrouped withN(int columns) {
      return new KGrouped(groups, m, columns, k, totalK);
    }

    /** Groups of another extent, all alike. */
    @Override
    public KGrouped withK(int inner) {
      return new KGrouped(groups, m, n, inner, (long) inner * groups);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof KGrouped that
          && groups == that.groups
          && m == that.m
          && n == that.n
          && k == that.k
          && totalK == that.totalK;
    }

    @Override
    public int hashCode() {
      return 31 * hash(m, n, k, groups) + Long.hashCode(totalK);
    }
  }

  /**
   * The form of a kind with the sizes that DeepGEMM's configuration rules are handed.
   *
   * @param m all rows of contiguous groups, the expected ones of masked groups
   * @param k the largest one of groups that differ in k
   * @throws InvalidGemmException if an extent is not positive, or a dense problem has several groups
   */
  static Shape of(GemmKind kind, int groups, int m, int n, int k) {
    return switch (kind) {
      case NORMAL -> {
        check(m, n, k, groups);
        if (groups > 1) {
          throw new InvalidGemmException(
              List.of(
                  Problem.of(
                      "DG-DESC-03",
                      "groups is %,d for a NORMAL problem; legal: 1. Several problems of one shape are"
                          + " BATCHED",
                      groups)));
        }
        yield new Dense(m, n, k);
      }
      case BATCHED -> new Batched(groups, m, n, k);
      case M_GROUPED_CONTIGUOUS -> new Contiguous(groups, m, n, k);
      case M_GROUPED_MASKED -> new Masked(groups, m, m, n, k);
      case K_GROUPED_CONTIGUOUS -> new KGrouped(groups, m, n, k, (long) k * groups);
    };
  }

  private static void check(int m, int n, int k, int groups) {
    List<Problem> problems = new ArrayList<>();
    requirePositive(problems, "m", m);
    requirePositive(problems, "n", n);
    requirePositive(problems, "k", k);
    requirePositive(problems, "groups", groups);
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

  private static int hash(int m, int n, int k, int groups) {
    return 31 * (31 * (31 * m + n) + k) + groups;
  }
}
