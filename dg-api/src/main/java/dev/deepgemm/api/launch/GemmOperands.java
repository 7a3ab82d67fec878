package dev.deepgemm.api.launch;

import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The device memory of one call: a matrix for each role that the problem has.
 *
 * <p>Layouts of a dense problem:
 *
 * <table>
 * <caption>Layouts</caption>
 * <tr><th>role</th><th>shape</th><th>contiguous</th><th>stride counts</th></tr>
 * <tr><td>A</td><td>[m, k], or [k, m] if MN-major</td><td>the last one</td><td>elements between
 * rows</td></tr>
 * <tr><td>B</td><td>[n, k], or [k, n] if MN-major</td><td>the last one</td><td>elements between
 * rows</td></tr>
 * <tr><td>D, C</td><td>[m, n]</td><td>n</td><td>elements between rows</td></tr>
 * <tr><td>scales of A</td><td>FP32 [cdiv(k, 128), m]</td><td>m ("MN-major")</td><td>floats between two
 * k-blocks, at least m</td></tr>
 * <tr><td>scales of B, one per 128 x 128</td><td>FP32 [cdiv(n, 128), cdiv(k, 128)]</td><td>k</td>
 * <td>floats between rows, at least cdiv(k, 128)</td></tr>
 * <tr><td>scales of B, one per row and 128</td><td>FP32 [cdiv(k, 128), n]</td><td>n</td><td>floats
 * between two k-blocks, at least n</td></tr>
 * </table>
 *
 * <p>Where the product is accumulated, C may be left out: D = D + A B then. If it is given, D = C + A B.
 *
 * <p>Immutable.
 */
public final class GemmOperands {
  private static final int ROLES = OperandRole.values().length;

  private final @Nullable DeviceMatrix[] byRole;
  private final boolean constantB;

  private GemmOperands(@Nullable DeviceMatrix[] byRole, boolean constantB) {
    this.byRole = byRole;
    this.constantB = constantB;
  }

  /** Operands one by one. */
  public static Builder builder() {
    return new Builder();
  }

  /** Operands of a GEMM without scales. */
  public static GemmOperands unscaled(DeviceMatrix a, DeviceMatrix b, DeviceMatrix d) {
    return of(a, b, d, null, null);
  }

  /** Operands of a dense GEMM; scales are null without scaling. */
  public static GemmOperands of(
      DeviceMatrix a,
      DeviceMatrix b,
      DeviceMatrix d,
      @Nullable DeviceMatrix scalesA,
      @Nullable DeviceMatrix scalesB) {
    @Nullable DeviceMatrix[] byRole = new DeviceMatrix[ROLES];
    byRole[OperandRole.A.ordinal()] = a;
    byRole[OperandRole.B.ordinal()] = b;
    byRole[OperandRole.D.ordinal()] = d;
    byRole[OperandRole.SCALES_A.ordinal()] = scalesA;
    byRole[OperandRole.SCALES_B.ordinal()] = scalesB;
    return new GemmOperands(byRole, false);
  }

  /** Adds operands. */
  public static final class Builder {
    private final @Nullable DeviceMatrix[] byRole = new DeviceMatrix[ROLES];
    private boolean constantB;

    private Builder() {}

    /** The matrix of a role. */
    public Builder set(OperandRole role, DeviceMatrix matrix) {
      byRole[role.ordinal()] = matrix;
      return this;
    }

    /** Left operand. */
    public Builder a(long address, long stride) {
      return set(OperandRole.A, new DeviceMatrix(address, stride));
    }

    /** Right operand. */
    public Builder b(long address, long stride) {
      return set(OperandRole.B, new DeviceMatrix(address, stride));
    }

    /** What the product is added to. */
    public Builder c(long address, long stride) {
      return set(OperandRole.C, new DeviceMatrix(address, stride));
    }

    /** Result. */
    public Builder d(long address, long stride) {
      return set(OperandRole.D, new DeviceMatrix(address, stride));
    }

    /** Scales of A. */
    public Builder scalesA(long address, long stride) {
      return set(OperandRole.SCALES_A, new DeviceMatrix(address, stride));
    }

    /** Scales of B. */
    public Builder scalesB(long address, long stride) {
      return set(OperandRole.SCALES_B, new DeviceMatrix(address, stride));
    }

    /** Whether B and its scales are constant; see {@link GemmOperands#constantB}. */
    public Builder constantB(boolean constant) {
      constantB = constant;
      return this;
    }

    /**
     * All that was added.
     *
     * @throws InvalidGemmException if A, B or D is missing ({@code DG-ARG-04})
     */
    public GemmOperands build() {
      List<Problem> problems = new ArrayList<>();
      for (OperandRole role : List.of(OperandRole.A, OperandRole.B, OperandRole.D)) {
        if (byRole[role.ordinal()] == null) {
          problems.add(
              Problem.of("DG-ARG-04", "%s is missing; every GEMM needs a, b and d", role.label()));
        }
      }
      InvalidGemmException.throwIfAny(problems);
      return new GemmOperands(byRole.clone(), constantB);
    }
  }

  /** The matrix of a role, or null if there is none. */
  public @Nullable DeviceMatrix get(OperandRole role) {
    return byRole[role.ordinal()];
  }

  /**
   * The matrix of a role that has to be there.
   *
   * @throws InvalidGemmException if there is none ({@code DG-ARG-04})
   */
  public DeviceMatrix require(OperandRole role) {
    DeviceMatrix matrix = byRole[role.ordinal()];
    if (matrix == null) {
      throw new InvalidGemmException(
          List.of(Problem.of("DG-ARG-04", "%s is missing; this problem needs it", role.label())));
    }
    return matrix;
  }

  /** The roles that have a matrix. */
  public Set<OperandRole> roles() {
    Set<OperandRole> roles = EnumSet.noneOf(OperandRole.class);
    for (OperandRole role : OperandRole.values()) {
      if (byRole[role.ordinal()] != null) {
        roles.add(role);
      }
    }
    return Collections.unmodifiableSet(roles);
  }

  /** Left operand. */
  public DeviceMatrix a() {
    return require(OperandRole.A);
  }

  /** Right operand. */
  public DeviceMatrix b() {
    return require(OperandRole.B);
  }

  /** Result. */
  public DeviceMatrix d() {
    return require(OperandRole.D);
  }

  /** What the product is added to, if it is not D. */
  public @Nullable DeviceMatrix c() {
    return get(OperandRole.C);
  }

  /** Scales of A; null without scaling. */
  public @Nullable DeviceMatrix scalesA() {
    return get(OperandRole.SCALES_A);
  }

  /** Scales of B; null without scaling. */
  public @Nullable DeviceMatrix scalesB() {
    return get(OperandRole.SCALES_B);
  }

  /**
   * Whether B and its scales are constant for as long as launches are in flight, as weights are: no work
   * that is enqueued in front of this call and may still run writes them. The kernel may then read them
   * before the launch in front of it has ended. Where that is not so, results are wrong, now and then; the
   * default is no.
   */
  public boolean constantB() {
    return constantB;
  }

  /** The same operands, B and its scales constant or not. */
  public GemmOperands withConstantB(boolean constant) {
    return constant == constantB ? this : new GemmOperands(byRole, constant);
  }

  /** The same operands with another matrix for a role; null for none. */
  public GemmOperands with(OperandRole role, @Nullable DeviceMatrix matrix) {
    @Nullable DeviceMatrix[] changed = byRole.clone();
    changed[role.ordinal()] = matrix;
    return new GemmOperands(changed, constantB);
  }

  /**
   * Whether the same roles are there with the same strides, and B is as constant: addresses aside.
   *
   * @param otherConstantB whether B is constant among the others, whatever they say
   */
  public boolean liesLike(GemmOperands other, boolean otherConstantB) {
    if (constantB != otherConstantB) {
      return false;
    }
    for (int i = 0; i < ROLES; i++) {
      DeviceMatrix mine = byRole[i];
      DeviceMatrix theirs = other.byRole[i];
      if ((mine == null) != (theirs == null)) {
        return false;
      }
      if (mine != null && theirs != null && !mine.liesLike(theirs)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GemmOperands that
        && constantB == that.constantB
        && Arrays.equals(byRole, that.byRole);
  }

  @Override
  public int hashCode() {
    return 2 * Arrays.hashCode(byRole) + (constantB ? 1 : 0);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("GemmOperands[");
    for (OperandRole role : roles()) {
      text.append(role.label()).append('=').append(byRole[role.ordinal()]).append(", ");
    }
    return text.append("constantB=").append(constantB).append(']').toString();
  }
}
