package dev.deepgemm.kernels.feed;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.kernels.launch.PlainMatrix;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.U32;

/**
 * What a CTA does before the previous grid has ended: how many steps of B it fetches, and which lines of A and
 * B it asks the cache for ({@link Prefetcher}).
 */
public final class EarlyStart {
  private static final int FEW_ROWS = 256;

  private final PlainMatrix a;
  private final PlainMatrix b;
  private final Param.Int stepsOfB;
  private final Param.Int linesOfB;
  private final Param.Int linesOfA;

  /** Declares both operands as plain memory, and how much of them. */
  public EarlyStart(KernelSpec spec, KernelArguments arguments) {
    boolean hintsOfA = spec.majorA() == Major.K;
    boolean hintsOfB = spec.majorB() == Major.K;
    this.a = PlainMatrix.declare(arguments, OperandRole.A, spec.aType(), Extent.M);
    this.b = PlainMatrix.declare(arguments, OperandRole.B, spec.bType(), Extent.N);
    this.stepsOfB = arguments.integer("early_steps_of_b", EarlyStart::steps);
    this.linesOfB =
        arguments.integer(
            "early_lines_of_b",
            launch -> hintsOfB && hints(launch) && steps(launch) == 0 ? Prefetcher.LINES_OF_B : 0);
    this.linesOfA =
        arguments.integer(
            "early_lines_of_a", launch -> hintsOfA && hints(launch) ? Prefetcher.LINES_OF_A : 0);
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
  PlainMatrix a() {
    return a;
  }

  /** B as plain memory. */
  PlainMatrix b() {
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
