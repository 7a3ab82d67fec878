package org.example.sm120;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.ptx.ampere.SwizzledTile;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.TypeRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Consumer Blackwell (RTX 50): BF16 by mma.sync, operands by TMA; no clusters, no wgmma, no tcgen05. */
public final class Sm120Spec implements ArchSpec {
  private static final String TARGET = "sm_120";
  private static final int SMEM_CAPACITY = 99 * 1024;
  private static final int WARP = 32;
  private static final int MEDIUM_TILE = 128 * 64;
  private static final int MIN_STAGES = 2;
  private static final int MAX_STAGES = 8;
  private static final TypeRules TYPES =
      new TypeRules(TARGET, List.of(DataType.BF16), List.of(DataType.BF16, DataType.FP32));

  /** What ServiceLoader calls. */
  public Sm120Spec() {}

  @Override
  public String id() {
    return "sm120";
  }

  @Override
  public String target() {
    return TARGET;
  }

  @Override
  public ComputeCapability computeCapability() {
    return new ComputeCapability(12, 0);
  }

  /** The target has no suffix: its PTX is assembled for whatever device is there, if it is not older. */
  @Override
  public boolean runsOn(ComputeCapability device) {
    return device.major() >= 12;
  }

  @Override
  public int smemCapacity() {
    return SMEM_CAPACITY;
  }

  /** An RTX 5090. */
  @Override
  public int defaultNumSms() {
    return 170;
  }

  @Override
  public List<Problem> unsupported(Signature signature) {
    List<Problem> found = new ArrayList<>(TYPES.check(signature));
    if (signature.majorA() != Major.K || signature.majorB() != Major.K) {
      found.add(
          Problem.of(
              "DG-CBW-01",
              "A is %s-major, B %s-major; legal: both K-major. Transpose the other",
              signature.majorA(),
              signature.majorB()));
    }
    return List.copyOf(found);
  }

  /** One row of a tile is one swizzle period. */
  @Override
  public int blockK(Signature signature) {
    return SwizzledTile.ROW_BYTES / signature.aType().bytes();
  }

  @Override
  public List<Integer> blockMs(Signature signature) {
    return List.of(32, 64, 128);
  }

  @Override
  public List<Integer> blockNs(Signature signature) {
    return List.of(32, 64, 128);
  }

  @Override
  public Legality tile(Signature signature, Tile tile) {
    return Legality.legal();
  }

  /** One slot is read while at least one is filled; more than eight hide nothing more. */
  @Override
  public Legality stages(Signature signature, Tile tile, int stages) {
    return stages >= MIN_STAGES && stages <= MAX_STAGES
        ? Legality.legal()
        : Legality.illegal("%d stages; legal: %d to %d", stages, MIN_STAGES, MAX_STAGES);
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    return Legality.illegal("the kernels of %s do not share operands in clusters", TARGET);
  }

  @Override
  public Tile loadedTile(Tile tile, Multicast multicast) {
    return tile;
  }

  /** D goes from registers to global memory. */
  @Override
  public boolean swizzlesD(Signature signature) {
    return false;
  }

  @Override
  public SmemUsage smem(
      GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
    return smem(desc.signature(), tile);
  }

  /** The slots and their barriers, by the names under which {@link KernelSmem} places them. */
  SmemUsage smem(Signature signature, Tile tile) {
    int rowBytes = tile.k() * signature.aType().bytes();
    return SmemUsage.builder()
        .perStage(KernelSmem.TILE_OF_A, tile.m() * rowBytes)
        .perStage(KernelSmem.TILE_OF_B, tile.n() * rowBytes)
        .perStage(KernelSmem.STAGE_BARRIERS, 2 * Mbarrier.BYTES)
        .build();
  }

  /** A warp that loads behind four or eight that multiply: 64 sums per thread at most. */
  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    int mathWarps = tile.m() * tile.n() <= MEDIUM_TILE ? 4 : 8;
    return ThreadRoles.of(ThreadRoles.TMA, WARP, ThreadRoles.MATH, mathWarps * WARP);
  }

  @Override
  public Optional<KernelProvider> kernels() {
    return Optional.of(new Sm120Kernels(this));
  }
}
