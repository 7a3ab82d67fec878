package dev.deepgemm.jit.call;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme.Granularity;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts together a product of two matrices: D[m, n] = A B^T, or C + A B^T where the signature accumulates.
 *
 * <p>Addresses are device addresses, strides count elements from the start of a row to that of the next one.
 * Where no stride is given, the matrix is contiguous:
 *
 * <table>
 * <caption>Layouts and strides</caption>
 * <tr><th>matrix</th><th>stored</th><th>stride if none is given</th></tr>
 * <tr><td>A, K-major ({@code N})</td><td>[m, k]</td><td>k</td></tr>
 * <tr><td>A, MN-major ({@code T})</td><td>[k, m]</td><td>m</td></tr>
 * <tr><td>B, K-major ({@code T})</td><td>[n, k]</td><td>k</td></tr>
 * <tr><td>B, MN-major ({@code N})</td><td>[k, n]</td><td>n</td></tr>
 * <tr><td>D, C</td><td>[m, n]</td><td>n</td></tr>
 * <tr><td>scales, one per row and 128 of k</td><td>[cdiv(k, 128), rows]: for each block of k the scales of
 * all rows, of A or of B</td><td>rows, padded to a multiple of 4 (TMA wants 16 bytes)</td></tr>
 * <tr><td>scales, one per 128 x 128</td><td>[cdiv(n, 128), cdiv(k, 128)]</td><td>cdiv(k, 128)</td></tr>
 * </table>
 *
 * <p>The letters are those of {@link Signature#layout}. TMA wants addresses and strides of A, B, D and scales
 * per row in whole units of 16 bytes; C may lie anywhere, and scales per block too.
 *
 * <p>A builder: not for use by several threads. What is wrong with addresses and strides is told when the call
 * is run, by the kernels that have to live with them.
 */
public final class DenseGemm {
  private final Signature signature;
  private final Map<OperandRole, Place> places = new EnumMap<>(OperandRole.class);
  private int m;
  private int n;
  private int k;
  private int smLimit = GemmDesc.ALL_SMS;
  private boolean constantB;

  private record Place(long address, @Nullable Long stride) {}

  DenseGemm(Signature signature) {
    this.signature = signature;
  }

  /** Rows of A, rows of B (columns of D), inner extent; 1 or more each. */
  public DenseGemm size(int m, int n, int k) {
    this.m = m;
    this.n = n;
    this.k = k;
    return this;
  }

  /** SMs that the launch may use; all of the device if it is left out. */
  public DenseGemm smLimit(int limit) {
    smLimit = limit;
    return this;
  }

  /** Left operand, contiguous. */
  public DenseGemm a(long address) {
    return set(OperandRole.A, address, null);
  }

  /** Left operand. */
  public DenseGemm a(long address, long stride) {
    return set(OperandRole.A, address, stride);
  }

  /** Right operand, contiguous. */
  public DenseGemm b(long address) {
    return set(OperandRole.B, address, null);
  }

  /** Right operand. */
  public DenseGemm b(long address, long stride) {
    return set(OperandRole.B, address, stride);
  }

  /** Scales of A, contiguous up to the padding. */
  public DenseGemm scalesA(long address) {
    return set(OperandRole.SCALES_A, address, null);
  }

  /** Scales of A. */
  public DenseGemm scalesA(long address, long stride) {
    return set(OperandRole.SCALES_A, address, stride);
  }

  /** Scales of B, contiguous up to the padding. */
  public DenseGemm scalesB(long address) {
    return set(OperandRole.SCALES_B, address, null);
  }

  /** Scales of B. */
  public DenseGemm scalesB(long address, long stride) {
    return set(OperandRole.SCALES_B, address, stride);
  }

  /**
   * What the product is added to, contiguous, for signatures that accumulate. Left out, it is D. It must be
   * D, or share no element with it; then it is copied to D first, on the device, in the order of the stream,
   * and is itself left as it is.
   */
  public DenseGemm c(long address) {
    return set(OperandRole.C, address, null);
  }

  /** What the product is added to; see {@link #c(long)}. */
  public DenseGemm c(long address, long stride) {
    return set(OperandRole.C, address, stride);
  }

  /** Result, contiguous. */
  public DenseGemm d(long address) {
    return set(OperandRole.D, address, null);
  }

  /** Result. */
  public DenseGemm d(long address, long stride) {
    return set(OperandRole.D, address, stride);
  }

  /**
   * That nothing in flight writes B and its scales, which are weights say; see {@link
   * GemmOperands#constantB}.
   */
  public DenseGemm constantB() {
    constantB = true;
    return this;
  }

  private DenseGemm set(OperandRole role, long address, @Nullable Long stride) {
    places.put(role, new Place(address, stride));
    return this;
  }

  /**
   * The call.
   *
   * @throws InvalidGemmException with everything that is missing or impossible: an extent that is not
   *     positive or was not given ({@code DG-DESC-01}), the SM limit ({@code DG-DESC-02}), a signature of
   *     another kind ({@code DG-DESC-07}), no A, B or D ({@code DG-ARG-04})
   */
  public GemmCall build() {
    List<Problem> problems = new ArrayList<>();
    GemmDesc desc = null;
    try {
      desc = new GemmDesc(signature, new Shape.Dense(m, n, k), smLimit);
    } catch (InvalidGemmException e) {
      problems.addAll(e.problems());
    }
    GemmOperands operands = null;
    try {
      operands = operands();
    } catch (InvalidGemmException e) {
      problems.addAll(e.problems());
    }
    if (desc == null || operands == null) {
      throw new InvalidGemmException(problems);
    }
    return new GemmCall(desc, operands);
  }

  private GemmOperands operands() {
    GemmOperands.Builder operands = GemmOperands.builder().constantB(constantB);
    places.forEach(
        (role, place) ->
            operands.set(
                role,
                new DeviceMatrix(
                    place.address, place.stride == null ? contiguous(role) : place.stride)));
    return operands.build();
  }

  private long contiguous(OperandRole role) {
    return switch (role) {
      case A -> signature.majorA() == Major.K ? k : m;
      case B -> signature.majorB() == Major.K ? k : n;
      case C, D -> n;
      case SCALES_A -> contiguousScales(signature.scaling().a(), m);
      case SCALES_B -> contiguousScales(signature.scaling().b(), n);
      default -> throw new IllegalStateException("a dense product has no " + role);
    };
  }

  /** Unscaled operands have no scales; the call is refused for them when it is run. */
  private long contiguousScales(Granularity block, int rows) {
    return block.mn() <= 1 ? IntMath.align(rows, 4) : IntMath.cdiv(k, block.k());
  }
}
