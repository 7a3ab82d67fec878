package dev.deepgemm.kernels.work;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.KernelArguments;
import dev.deepgemm.kernels.launch.Launch;
import dev.deepgemm.kernels.launch.OperandRule;
import dev.deepgemm.kernels.launch.OperandRules;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import java.util.List;
import java.util.stream.Stream;

/**
 * The work of one product: its tiles, and its steps along k. Sizes are counted in tiles, because TMA clips at
 * the edges.
 */
public final class DenseWork {
  private final KernelSpec spec;
  private final Param.Int mBlocks;
  private final Param.Int nBlocks;
  private final Param.Int kBlocks;
  private final Param.Int band;
  private final Param.Int tiles;

  /** Declares the sizes. */
  public DenseWork(KernelSpec spec, KernelArguments arguments) {
    this.spec = spec;
    this.mBlocks = arguments.integer("m_blocks", DenseWork::mBlocks);
    this.nBlocks = arguments.integer("n_blocks", DenseWork::nBlocks);
    this.kBlocks =
        arguments.integer("k_blocks", launch -> cdiv(launch.desc().k(), launch.tile().k()));
    this.band = arguments.integer("group_size", DenseWork::bandWidth);
    this.tiles =
        arguments.integer(
            "tiles",
            launch ->
                TileScheduler.units(launch.kernel().multicast(), mBlocks(launch), nBlocks(launch)));
  }

  /** One product has no groups, and nobody reads what describes some. */
  public static List<OperandRule> rules() {
    return Stream.of(OperandRole.GROUP_LAYOUT, OperandRole.MASKED_ROWS, OperandRole.GROUP_SIZES)
        .map(role -> OperandRules.absent(role, "one product has no groups: leave it out"))
        .toList();
  }

  private static int mBlocks(Launch launch) {
    return cdiv(launch.desc().m(), launch.tile().m());
  }

  private static int nBlocks(Launch launch) {
    return cdiv(launch.desc().n(), launch.tile().n());
  }

  private static int bandWidth(Launch launch) {
    int clusters = launch.config().numSms() / launch.kernel().splitK();
    return TileScheduler.bandWidth(launch.kernel().multicast(), launch.tile(), clusters);
  }

  /** Which tile is whose, for one role. */
  public TileScheduler scheduler(Code code) {
    return new TileScheduler(
        code,
        spec,
        code.ldParam(mBlocks),
        code.ldParam(nBlocks),
        code.ldParam(band),
        code.ldParam(tiles));
  }

  /** Which steps along k this CTA takes of its tiles, for one role. */
  public KRange range(Code code) {
    U32 all = code.ldParam(kBlocks);
    int splitK = spec.splitK();
    if (splitK == 1) {
      return new KRange(all, code.u32(0), code.u32(0), all, false);
    }
    U32 rank = code.special(SpecialRegister.CLUSTER_CTARANK);
    U32 share = code.div(code.add(all, splitK - 1), splitK);
    U32 first = code.min(code.mul(rank, share), all);
    U32 end = code.min(code.add(first, share), all);
    return new KRange(all, rank, first, code.sub(end, first), true);
  }
}
