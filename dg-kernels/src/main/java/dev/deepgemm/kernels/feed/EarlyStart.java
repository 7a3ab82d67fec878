package dev.deepgemm.kernels.feed;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.OperandRole;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.U32;

/**
 * What a CTA does before the previous grid has ended: how many steps of B it fetches, and which lines of A and
 * B it asks the cache for ({@link Prefetcher}).
 */
public final class EarlyStart {
  /** What strides are counted in, in bytes; TMA demands multiples of it. */
  public static final int STRIDE_UNIT = 16;

  private static final int FEW_ROWS = 256;

  private final Rows a;
  private final Rows b;
  private final Param.Int stepsOfB;
  private final Param.Int linesOfB;
  private final Param.Int linesOfA;

  /**
   * An operand as plain memory.
   *
   * @param address of its first element
   * @param stride16 from one row to the next, in {@value EarlyStart#STRIDE_UNIT} bytes
   * @param rows how many rows exist
   */
  public record Rows(Param.Address address, Param.Int stride16, Param.Int rows) {}

  /** Declares both operands as plain memory, and how much of them. */
  public EarlyStart(KernelSpec spec, KernelArguments arguments) {
    boolean hintsOfA = spec.majorA() == Major.K;
    boolean hintsOfB = spec.majorB() == Major.K;
    this.a = rows(arguments, OperandRole.A, spec.aType(), Extent.M);
    this.b = rows(arguments, OperandRole.B, spec.bType(), Extent.N);
    this.stepsOfB = arguments.integer("early_steps_of_b", EarlyStart::steps);
    this.linesOfB =
        arguments.integer(
            "early_lines_of_b",
            launch -> hintsOfB && hints(launch) && steps(launch) == 0 ? Prefetcher.LINES_OF_B : 0);
    this.linesOfA =
        arguments.integer(
            "early_lines_of_a", launch -> hintsOfA && hints(launch) ? Prefetcher.LINES_OF_A : 0);
  }

  private static Rows rows(
      KernelArguments arguments, OperandRole role, DataType type, Extent rows) {
    String name = role.label();
    return new Rows(
        arguments.address(name, role),
        arguments.integer(
            name + "_stride16", launch -> stride16(launch.operands().require(role), type)),
        arguments.integer(name + "_rows", launch -> rows.of(launch.desc())));
  }

  /** A stride in units of {@value #STRIDE_UNIT} bytes; the rules about operands allow none that does not fit. */
  public static int stride16(DeviceMatrix matrix, DataType type) {
    return Math.toIntExact(matrix.stride() * type.bytes() / STRIDE_UNIT);
  }

  private static boolean hints(Launch launch) {
    return launch.desc().m() <= FEW_ROWS;
  }

  /**
   * How much of B is fetched before the previous launch has ended. With few rows memory rests at the end of a
   * launch, while the last CTAs multiply and store. But where CTAs occupy every SM, those of the next launch
   * fetch while the last ones of this one still do, at their cost: measured on an H100, n = 2,112 on all 132
   * SMs took 6 % longer than with hints alone.
   */
  private static int steps(Launch launch) {
    GemmDesc desc = launch.desc();
    boolean pays = desc.m() <= FEW_ROWS && launch.config().numSms() < desc.smLimit();
    return pays && launch.operands().constantB() ? launch.kernel().stages() : 0;
  }

  /** A as plain memory. */
  public Rows a() {
    return a;
  }

  /** B as plain memory. */
  public Rows b() {
    return b;
  }

  /** Steps of its first tile of B that a CTA fetches; 0 where B may not be read so early. */
  U32 stepsOfB(Code code) {
    return code.ldParam(stepsOfB);
  }

  /** Lines of the first steps of B that a CTA asks the cache for. */
  U32 linesOfB(Code code) {
    return code.ldParam(linesOfB);
  }

  /** Lines of A that it asks the cache for. */
  U32 linesOfA(Code code) {
    return code.ldParam(linesOfA);
  }
}
