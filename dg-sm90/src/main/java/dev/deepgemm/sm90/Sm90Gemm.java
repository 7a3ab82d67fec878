package dev.deepgemm.sm90;

import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.WarpSpecializedGemm;
import dev.deepgemm.kernels.epilogue.Epilogue;
import dev.deepgemm.kernels.epilogue.TmaStore;
import dev.deepgemm.kernels.epilogue.WarpStore;
import dev.deepgemm.kernels.feed.EarlyStart;
import dev.deepgemm.kernels.feed.MatrixFeed;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.scale.BlockScales;
import dev.deepgemm.kernels.scale.NoScales;
import dev.deepgemm.kernels.scale.PerRowScales;
import dev.deepgemm.kernels.scale.Scales;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.kernels.work.DenseWork;
import java.util.ArrayList;
import java.util.List;

/**
 * What the kernels of SM90 are made of.
 *
 * <pre>
 *   work       tiles of one product, in bands for L2, in pairs where an operand is shared
 *   A, B       boxes by TMA into the slots of a ring; K-major, or MN-major for BF16
 *   scales     none | a row of A and a block of B (1D2D) | a row of A and a row of B (1D1D)
 *   math       one or two warpgroups by wgmma, or slices of them along k, or a cluster along k
 *   epilogue   by TMA, stored or added | small BF16 tiles by their warps
 * </pre>
 */
final class Sm90Gemm {
  private Sm90Gemm() {}

  /** The kernel of a specification that can be emitted. */
  static WarpSpecializedGemm of(KernelSpec spec) {
    KernelArguments arguments = new KernelArguments();
    MatrixFeed a = MatrixFeed.ofA(spec, arguments);
    MatrixFeed b = MatrixFeed.ofB(spec, arguments);
    Epilogue epilogue =
        WarpStore.suits(spec) ? new WarpStore(spec, arguments) : new TmaStore(arguments);
    DenseWork work = new DenseWork(spec, arguments);
    EarlyStart early = new EarlyStart(spec, arguments);
    Scales scales = scales(spec, arguments);
    return new WarpSpecializedGemm(
        spec,
        smem(spec),
        arguments,
        new WarpSpecializedGemm.Parts(work, a, b, scales, early, epilogue));
  }

  /** Where shared memory lies; it depends on no size. */
  static KernelSmem smem(KernelSpec spec) {
    return KernelSmem.of(spec, Sm90SmemLayout.of(spec, spec.tile().k()).usage());
  }

  private static Scales scales(KernelSpec spec, KernelArguments arguments) {
    if (!spec.scaling().isScaled()) {
      return new NoScales();
    }
    return spec.scaling().equals(ScaleScheme.FP32_1D1D)
        ? new PerRowScales(spec, arguments)
        : new BlockScales(spec, arguments);
  }

  /** What operands have to be. */
  static List<OperandRule> rules(Signature signature) {
    List<OperandRule> rules = new ArrayList<>();
    rules.add(MatrixFeed.rule(signature, OperandRole.A));
    rules.add(MatrixFeed.rule(signature, OperandRole.B));
    rules.addAll(TmaStore.rules(signature));
    if (!signature.scaling().isScaled()) {
      rules.addAll(NoScales.rules());
    } else if (signature.scaling().equals(ScaleScheme.FP32_1D1D)) {
      rules.addAll(PerRowScales.rules());
    } else {
      rules.addAll(BlockScales.rules());
    }
    rules.addAll(DenseWork.rules());
    return List.copyOf(rules);
  }
}
