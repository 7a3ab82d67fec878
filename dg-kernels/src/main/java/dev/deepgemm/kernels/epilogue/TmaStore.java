package dev.deepgemm.kernels.epilogue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.kernels.launch.Extent;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.kernels.launch.TensorMaps;
import dev.deepgemm.kernels.warpgroup.Cta;
import dev.deepgemm.kernels.warpgroup.MathThreads;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.tma.Tma;
import java.util.List;

/**
 * TMA stores D, or adds to it where the signature accumulates: every element is added to once per launch, so the
 * result does not depend on any order. Both clip at the edges of D.
 */
public final class TmaStore implements Epilogue {
  private final Param.Map mapD;

  /** Declares D. */
  public TmaStore(KernelArguments arguments) {
    this.mapD = arguments.map("map_d", OperandRole.D, TmaStore::hostMap);
  }

  private static TensorMap hostMap(Launch launch) {
    GemmDesc desc = launch.desc();
    KernelSpec kernel = launch.kernel();
    return TensorMaps.matrix(desc.dType(), launch.operands().d(), desc.n(), desc.m())
        .box(
            StagedTile.boxColumns(kernel),
            WarpgroupShape.of(kernel).slabRows(),
            kernel.swizzles().d());
  }

  /** What D has to be, for either epilogue, and C. */
  public static List<OperandRule> rules(Signature signature) {
    return List.of(
        OperandRules.tma(
            OperandRole.D,
            signature.dType(),
            Extent.N,
            signature.dType() + " [m, n], n contiguous"),
        OperandRules.wholeUnitsOfD(signature.dType()),
        signature.accumulate()
            ? OperandRules.cIsD()
            : OperandRules.absent(
                OperandRole.C, "the product is not accumulated: leave it out, or say accumulate"));
  }

  @Override
  public void prefetchMaps(Code code) {
    Tma.prefetch(code, code.addressOf(mapD));
  }

  @Override
  public Role role(Cta cta, MathThreads threads, U32 rank) {
    return new TmaStoreRole(cta, new StagedTile(cta, threads), threads, mapD, rank);
  }
}
