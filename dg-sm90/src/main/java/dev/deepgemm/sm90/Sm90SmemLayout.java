package dev.deepgemm.sm90;

import static dev.deepgemm.api.IntMath.align;
import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.kernels.math.ClusterReduction;
import dev.deepgemm.kernels.warpgroup.ClusterBarriers;
import dev.deepgemm.kernels.warpgroup.ColumnShares;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.kernels.warpgroup.WarpgroupShape;

/**
 * Shared memory of an SM90 kernel: how many bytes each part takes.
 *
 * <p>This is the one place that knows. The configuration selector gets its totals from here,
 * through {@link Sm90Spec#smem}, and the kernels get their parts from here, so the two cannot
 * disagree.
 *
 * <p>Two parts look larger than a kernel needs, and have to be: the totals decide how many stages
 * fit, and the stages are compared with DeepGEMM's. Room for the scales of B along the whole of k
 * is reserved for every kernel type, even for BF16, which has none; and every stage has room for
 * A's scales rounded up to 128 bytes, because TMA wants its destination aligned to that.
 *
 * @param signature what is multiplied
 * @param tile the CTA's tile; a CTA loads all of it itself, shared operand or not
 * @param team who works on a tile
 * @param k the problem's inner extent: the only size that is not known when a kernel is emitted
 */
record Sm90SmemLayout(Signature signature, Tile tile, Team team, int k) {

  /** TMA stores read the output tile; its swizzle pattern repeats every 1024 bytes. */
  private static final int D_ALIGNMENT = 1024;

  private static final int SCALES_ALIGNMENT = 128;
  private static final int MOST_FP32_ROWS = 128;
  private static final int TENSOR_MAP_BYTES = 128;
  private static final int MBARRIER_BYTES = 8;
  private static final int SCALE_BYTES = 4;

  static Sm90SmemLayout of(KernelSpec spec, int k) {
    return new Sm90SmemLayout(spec.signature(), spec.tile(), spec.team(), k);
  }

  /** Groups that differ in k need maps of A and B that the kernel edits: two of each, in turns. */
  int tensorMapBytes() {
    return signature.kind() == GemmKind.K_GROUPED_CONTIGUOUS ? 4 * TENSOR_MAP_BYTES : 0;
  }

  /** A CTA of a cluster that splits k stages what it stores: its share of the columns. */
  int dBytes() {
    return align(stagedRows() * shares().full() * signature.dType().bytes(), D_ALIGNMENT);
  }

  /** With FP32 a warpgroup stages one slab after the other. */
  private int stagedRows() {
    return signature.dType() == DataType.FP32 ? Math.min(tile.m(), MOST_FP32_ROWS) : tile.m();
  }

  int aBytesPerStage() {
    return tile.m() * tile.k() * signature.aType().bytes();
  }

  int bBytesPerStage() {
    return tile.n() * tile.k() * signature.bType().bytes();
  }

  int sfaBytesPerStage() {
    return scaled() ? align(SCALE_BYTES * tile.m(), SCALES_ALIGNMENT) : 0;
  }

  int sfbBytesPerStage() {
    return signature.scaling().equals(ScaleScheme.FP32_1D1D) && scaled()
        ? align(SCALE_BYTES * tile.n(), SCALES_ALIGNMENT)
        : 0;
  }

  /** One scale of B per k-block, two where a tile can straddle two rows of 128 x 128 blocks. */
  int extraSfbBytes() {
    int rows = tile.k() % tile.n() == 0 ? 1 : 2;
    return align(SCALE_BYTES * cdiv(k, tile.k()) * rows, 8);
  }

  /** A "full" and an "empty" barrier. */
  int barrierBytesPerStage() {
    return 2 * MBARRIER_BYTES;
  }

  /** Sums that warpgroups hand over where several share a tile along k; none by the classic rules. */
  int partialBytes() {
    return shape().partialBytes(tile);
  }

  /** What a cluster that splits k exchanges, in the slots of A and B; no part of the usage. */
  int exchangeBytes() {
    return ClusterReduction.bytes(shape(), shares());
  }

  /** What the slots of A and B have for that. */
  int exchangeRoom(int stages) {
    return stages * (aBytesPerStage() + bBytesPerStage());
  }

  int clusterBarrierBytes() {
    return team.splitK() > 1 ? ClusterBarriers.COUNT * MBARRIER_BYTES : 0;
  }

  private ColumnShares shares() {
    return ColumnShares.of(tile, team);
  }

  private WarpgroupShape shape() {
    return WarpgroupShape.of(tile, team.threads().of(ThreadRoles.MATH));
  }

  SmemUsage usage() {
    return SmemUsage.builder()
        .fixed("tensor maps", tensorMapBytes())
        .fixed(KernelSmem.STAGED_OUTPUT, dBytes())
        .perStage(KernelSmem.TILE_OF_A, aBytesPerStage())
        .perStage(KernelSmem.TILE_OF_B, bBytesPerStage())
        .perStage(KernelSmem.SCALES_OF_A, sfaBytesPerStage())
        .perStage(KernelSmem.SCALES_OF_B, sfbBytesPerStage())
        .perStage(KernelSmem.STAGE_BARRIERS, barrierBytesPerStage())
        .fixed(KernelSmem.CLUSTER_BARRIERS, clusterBarrierBytes())
        .fixed(KernelSmem.PARTIAL_SUMS, partialBytes())
        .fixed("scales of B along k", extraSfbBytes())
        .build();
  }

  private boolean scaled() {
    return signature.aType() == DataType.FP8_E4M3;
  }
}
