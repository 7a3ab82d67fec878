package dev.deepgemm.kernels.scale;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.kernels.launch.TensorMaps;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.work.KLoop;
import dev.deepgemm.kernels.work.KRange;
import dev.deepgemm.kernels.work.Step;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.tma.TensorBox;
import dev.deepgemm.ptx.tma.Tma;
import java.util.List;

/** 1D1D: a scale per row of A, and of B, and 128 of k; both come with the slot. */
public final class PerRowScales implements Scales {
  private final ScalesOfA ofA;
  private final int columns;
  private final Param.Map mapOfB;

  /** Declares both scales. */
  public PerRowScales(KernelSpec spec, KernelArguments arguments) {
    this.ofA = new ScalesOfA(spec, arguments);
    this.columns = spec.tile().n();
    this.mapOfB =
        arguments.map(
            "map_sfb",
            OperandRole.SCALES_B,
            launch -> {
              GemmDesc desc = launch.desc();
              return TensorMaps.matrix(
                      DataType.FP32,
                      launch.operands().require(OperandRole.SCALES_B),
                      desc.n(),
                      cdiv(desc.k(), ScaleScheme.BLOCK))
                  .box(launch.tile().n(), 1, 0);
            });
  }

  /** What the scales have to be. */
  public static List<OperandRule> rules() {
    return List.of(
        ScalesOfA.rule(),
        OperandRules.tma(
            OperandRole.SCALES_B, DataType.FP32, Extent.N, "FP32 [cdiv(k, 128), n], n contiguous"));
  }

  /** Where B's scales lie, which is one register and part of what every loop needs. */
  @Override
  public int scaleRegisters() {
    return 0;
  }

  @Override
  public int bytesPerSlot() {
    return ofA.bytesPerSlot() + columns * Float.BYTES;
  }

  @Override
  public void prefetchMaps(Code code) {
    ofA.prefetchMap(code);
    Tma.prefetch(code, code.addressOf(mapOfB));
  }

  @Override
  public Loader loader(Cta cta) {
    Code code = cta.code();
    ScalesOfA.Loader a = ofA.loader(cta);
    TensorMapAddress b = code.addressOf(mapOfB);
    return new Loader() {
      @Override
      public void withA(U32 row, Step step) {
        a.load(row, step);
      }

      @Override
      public void withB(U32 column, Step step) {
        Tma.load(
            code,
            cta.smem().sfb().at(code, cta.base(), step.to().slot()),
            TensorBox.of(b, column, step.kBlock()),
            step.to().barrier());
      }
    };
  }

  @Override
  public Promotion promotion(Cta cta, MathThreads threads, KLoop kLoop, KRange range) {
    return new RowPromotion(cta, threads);
  }
}
