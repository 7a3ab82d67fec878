package dev.deepgemm.kernels.scale;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.kernels.launch.TensorMaps;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.work.Step;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.TensorMapAddress;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.tma.TensorBox;
import dev.deepgemm.ptx.tma.Tma;

/** A scale per row of A and 128 of k, on its way into the slots: a step's are a row of FP32 [cdiv(k, 128), m]. */
final class ScalesOfA {
  /** A sector of the cache, bytes. */
  private static final int SECTOR = 32;

  private final int rows;
  private final Param.Map map;
  private final Param.Int across;
  private final Param.Int down;

  ScalesOfA(KernelSpec spec, KernelArguments arguments) {
    this.rows = spec.tile().m();
    this.map = arguments.map("map_sfa", OperandRole.SCALES_A, ScalesOfA::hostMap);
    this.across =
        arguments.integer(
            "sfa_across", launch -> isFlat(launch) ? Math.toIntExact(matrix(launch).stride()) : 0);
    this.down = arguments.integer("sfa_down", launch -> isFlat(launch) ? 0 : 1);
  }

  static OperandRule rule() {
    return OperandRules.tma(
        OperandRole.SCALES_A, DataType.FP32, Extent.M, "FP32 [cdiv(k, 128), m], m contiguous");
  }

  private static DeviceMatrix matrix(Launch launch) {
    return launch.operands().require(OperandRole.SCALES_A);
  }

  /**
   * Whether the scales are described as one row, along which a step goes by the stride. Where a row of a
   * tensor is shorter than a sector of the cache, 32 bytes, TMA takes some 50 ns more to copy it (H100:
   * 15.7 instead of 12.7 us for 1 x 4096 x 7168). Rows that do not count then get scales of other steps.
   */
  private static boolean isFlat(Launch launch) {
    GemmDesc desc = launch.desc();
    long floats = cdiv(desc.k(), ScaleScheme.BLOCK) * matrix(launch).stride();
    return desc.m() * Float.BYTES < SECTOR && floats <= Integer.MAX_VALUE;
  }

  private static TensorMap hostMap(Launch launch) {
    DeviceMatrix matrix = matrix(launch);
    int m = launch.desc().m();
    int kBlocks = cdiv(launch.desc().k(), ScaleScheme.BLOCK);
    TensorMaps.Matrix scales =
        isFlat(launch)
            ? TensorMaps.matrix(DataType.FP32, matrix, (kBlocks - 1) * matrix.stride() + m, 1)
            : TensorMaps.matrix(DataType.FP32, matrix, m, kBlocks);
    return scales.box(launch.tile().m(), 1, 0);
  }

  int bytesPerSlot() {
    return rows * Float.BYTES;
  }

  void prefetchMap(Code code) {
    Tma.prefetch(code, code.addressOf(map));
  }

  Loader loader(Cta cta) {
    Code code = cta.code();
    return new Loader(cta, code.addressOf(map), code.ldParam(across), code.ldParam(down));
  }

  /**
   * Fills slots.
   *
   * @param across how far a step along k goes along the map's first dimension
   * @param down how far it goes along the second one
   */
  record Loader(Cta cta, TensorMapAddress map, U32 across, U32 down) {
    void load(U32 row, Step step) {
      Code code = cta.code();
      SmemAddress scales = cta.smem().sfa().at(code, cta.base(), step.to().slot());
      U32 x = code.mad(step.kBlock(), across, row);
      U32 y = code.mul(step.kBlock(), down);
      Tma.load(code, scales, TensorBox.of(map, x, y), step.to().barrier());
    }
  }
}
