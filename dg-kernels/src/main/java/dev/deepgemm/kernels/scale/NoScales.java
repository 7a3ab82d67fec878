package dev.deepgemm.kernels.scale;

import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.Step;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.U32;
import java.util.List;

/** Operands that are not scaled. */
public final class NoScales implements Scales {
  private static final String REASON =
      "KERNEL_NO_SF does not scale: leave it out, or describe a scaled GEMM";

  /** Declares nothing. */
  public NoScales() {}

  /** No scales may be given. */
  public static List<OperandRule> rules() {
    return List.of(
        OperandRules.absent(OperandRole.SCALES_A, REASON),
        OperandRules.absent(OperandRole.SCALES_B, REASON));
  }

  @Override
  public int scaleRegisters() {
    return 0;
  }

  @Override
  public int bytesPerSlot() {
    return 0;
  }

  @Override
  public void prefetchMaps(Code code) {}

  @Override
  public Loader loader(Cta cta) {
    return new Loader() {
      @Override
      public void withA(U32 row, Step step) {}

      @Override
      public void withB(U32 column, Step step) {}
    };
  }

  /** There is nothing to promote: the sums are what wgmma accumulates. */
  @Override
  public Promotion promotion(Cta cta, MathThreads threads, KLoop kLoop, KRange range) {
    throw new IllegalStateException("operands without scales have no promotion");
  }
}
