package dev.deepgemm.api;

import org.jspecify.annotations.Nullable;

/**
 * What is compiled of a problem: everything but its sizes. Two problems of one signature can run on one
 * kernel, whatever their sizes, and a rule that takes a signature cannot depend on sizes.
 *
 * @param kind one pair of matrices, or how many form groups
 * @param a type and layout of A
 * @param b type and layout of B
 * @param scaling how A and B are scaled
 * @param d type of D, and whether the product is added to what is there
 */
public record Signature(GemmKind kind, Input a, Input b, ScaleScheme scaling, Output d) {
  /** FP8 with DeepSeek's scales ({@link ScaleScheme#FP32_1D2D}), NT, BF16 out. */
  public static final Signature FP8 =
      new Signature(
          GemmKind.NORMAL,
          Input.FP8,
          Input.FP8,
          ScaleScheme.FP32_1D2D,
          new Output(DataType.BF16, false));

  /** BF16, NT, BF16 out. */
  public static final Signature BF16 =
      new Signature(
          GemmKind.NORMAL,
          Input.BF16,
          Input.BF16,
          ScaleScheme.NONE,
          new Output(DataType.BF16, false));

  /**
   * An operand that is multiplied.
   *
   * @param type of its elements
   * @param major which dimension is contiguous
   */
  public record Input(DataType type, Major major) {
    /** E4M3, k contiguous. */
    public static final Input FP8 = new Input(DataType.FP8_E4M3, Major.K);

    /** Bfloat16, k contiguous. */
    public static final Input BF16 = new Input(DataType.BF16, Major.K);

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Input that && type == that.type && major == that.major;
    }

    @Override
    public int hashCode() {
      return 31 * type.ordinal() + major.ordinal();
    }
  }

  /**
   * The result.
   *
   * @param type of its elements
   * @param accumulate whether the product is added to C, and D = C + A B
   */
  public record Output(DataType type, boolean accumulate) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Output that && type == that.type && accumulate == that.accumulate;
    }

    @Override
    public int hashCode() {
      return 2 * type.ordinal() + (accumulate ? 1 : 0);
    }
  }

  /** The same, for another kind. */
  public Signature withKind(GemmKind other) {
    return new Signature(other, a, b, scaling, d);
  }

  /** The same, with operands in another order in memory. */
  public Signature withMajors(Major majorA, Major majorB) {
    return new Signature(kind, new Input(a.type, majorA), new Input(b.type, majorB), scaling, d);
  }

  /** The same, with operands of other types. */
  public Signature withTypes(DataType typeA, DataType typeB) {
    return new Signature(kind, new Input(typeA, a.major), new Input(typeB, b.major), scaling, d);
  }

  /** The same, with other scales. */
  public Signature withScaling(ScaleScheme other) {
    return new Signature(kind, a, b, other, d);
  }

  /** The same, with a result of another type. */
  public Signature withOutput(DataType type) {
    return new Signature(kind, a, b, scaling, new Output(type, d.accumulate));
  }

  /** The same, the product added to what is in D or not. */
  public Signature withAccumulate(boolean accumulate) {
    return new Signature(kind, a, b, scaling, new Output(d.type, accumulate));
  }

  /** Which dimension of A is contiguous. */
  public Major majorA() {
    return a.major;
  }

  /** Which dimension of B is contiguous. */
  public Major majorB() {
    return b.major;
  }

  /** Type of A. */
  public DataType aType() {
    return a.type;
  }

  /** Type of B. */
  public DataType bType() {
    return b.type;
  }

  /** Type of D, and of C. */
  public DataType dType() {
    return d.type;
  }

  /** Whether the product is added to C. */
  public boolean accumulate() {
    return d.accumulate;
  }

  /** "NT" and so on, as BLAS has it: how A and B lie in memory. */
  public String layout() {
    return (a.major == Major.K ? "N" : "T") + (b.major == Major.K ? "T" : "N");
  }

  // Written out as in GemmDesc, and for the same reason.
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Signature that
            && kind == that.kind
            && a.equals(that.a)
            && b.equals(that.b)
            && scaling.equals(that.scaling)
            && d.equals(that.d));
  }

  @Override
  public int hashCode() {
    int hash = kind.ordinal();
    hash = 31 * hash + a.hashCode();
    hash = 31 * hash + b.hashCode();
    hash = 31 * hash + scaling.hashCode();
    return 31 * hash + d.hashCode();
  }
}
