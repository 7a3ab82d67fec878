package dev.deepgemm.kernels.scale;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.Step;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.U32;
import java.util.List;

/**
 * 1D2D: a scale per row of A and 128 of k, which comes with the slot, and one per block of 128 x 128 of B, which
 * math warps read from global memory.
 */
public final class BlockScales implements Scales {
  private final ScalesOfA ofA;
  private final Param.Address sfb;
  private final Param.Int sfbStride;
  private final Param.Int sfbRows;
  private final boolean straddles;

  /** Declares both scales. */
  public BlockScales(KernelSpec spec, KernelArguments arguments) {
    this.straddles = BlockPromotion.straddles(spec);
    this.ofA = new ScalesOfA(spec, arguments);
    this.sfb = arguments.address("sfb", OperandRole.SCALES_B);
    this.sfbStride =
        arguments.integer(
            "sfb_stride",
            launch -> Math.toIntExact(launch.operands().require(OperandRole.SCALES_B).stride()));
    this.sfbRows =
        arguments.integer("sfb_rows", launch -> cdiv(launch.desc().n(), ScaleScheme.BLOCK));
  }

  /** What the scales have to be. */
  public static List<OperandRule> rules() {
    return List.of(
        ScalesOfA.rule(),
        OperandRules.plain(
            OperandRole.SCALES_B,
            DataType.FP32,
            Extent.K_BLOCKS,
            "FP32 [cdiv(n, 128), cdiv(k, 128)], k contiguous"));
  }

  Param.Address sfb() {
    return sfb;
  }

  Param.Int sfbStride() {
    return sfbStride;
  }

  Param.Int sfbRows() {
    return sfbRows;
  }

  @Override
  public int scaleRegisters() {
    return straddles ? BlockPromotion.STRADDLE_REGISTERS : 0;
  }

  @Override
  public int bytesPerSlot() {
    return ofA.bytesPerSlot();
  }

  @Override
  public void prefetchMaps(Code code) {
    ofA.prefetchMap(code);
  }

  @Override
  public Loader loader(Cta cta) {
    ScalesOfA.Loader a = ofA.loader(cta);
    return new Loader() {
      @Override
      public void withA(U32 row, Step step) {
        a.load(row, step);
      }

      @Override
      public void withB(U32 column, Step step) {}
    };
  }

  @Override
  public Promotion promotion(Cta cta, MathThreads threads, KLoop kLoop, KRange range) {
    return new BlockPromotion(cta, threads, kLoop, range, this);
  }
}
