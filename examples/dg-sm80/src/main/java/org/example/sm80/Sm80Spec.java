package org.example.sm80;

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
import dev.deepgemm.ptx.ampere.SwizzledTile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.TypeRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ampere (A100): BF16 with mma.sync. Its PTX runs on every later device, through the driver. */
public final class Sm80Spec implements ArchSpec {
  private static final String TARGET = "sm_80";
  private static final int SMEM_CAPACITY = 163 * 1024;
  private static final int SMALL_TILE = 64 * 64;
  private static final int MIN_STAGES = 2;
  private static final int MAX_STAGES = 6;
  private static final TypeRules TYPES =
      new TypeRules(TARGET, List.of(DataType.BF16), List.of(DataType.BF16, DataType.FP32));

  /** What ServiceLoader calls. */
  public Sm80Spec() {}

  @Override
  public String id() {
    return "sm80";
  }

  @Override
  public String target() {
    return TARGET;
  }

  @Override
  public ComputeCapability computeCapability() {
    return new ComputeCapability(8, 0);
  }

  /** PTX for sm_80 is assembled for whatever device is there, if it is not older. */
  @Override
  public boolean runsOn(ComputeCapability device) {
    return device.major() >= 8;
  }

  @Override
  public int smemCapacity() {
    return SMEM_CAPACITY;
  }

  @Override
  public int defaultNumSms() {
    return 108;
  }

  @Override
  public List<Problem> unsupported(Signature signature) {
    List<Problem> found = new ArrayList<>(TYPES.check(signature));
    if (signature.majorA() != Major.K || signature.majorB() != Major.K) {
      found.add(
          Problem.of(
              "DG-AMP-01",
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
    return List.of(32, 64, 128, 256);
  }

  @Override
  public Legality tile(Signature signature, Tile tile) {
    return tile.m() == 32 && tile.n() == 256
        ? Legality.illegal("32 x 256: every warp would read most of B for 16 rows of A")
        : Legality.legal();
  }

  /** One stage is computed while at least one is copied; more than six hide nothing more. */
  @Override
  public Legality stages(Signature signature, Tile tile, int stages) {
    return stages >= MIN_STAGES && stages <= MAX_STAGES
        ? Legality.legal()
        : Legality.illegal("%d stages; legal: %d to %d", stages, MIN_STAGES, MAX_STAGES);
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    return Legality.illegal("Ampere has no clusters");
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

  /** The tiles in the slots, and nothing else. */
  SmemUsage smem(Signature signature, Tile tile) {
    int rowBytes = tile.k() * signature.aType().bytes();
    return SmemUsage.builder()
        .perStage("tile of A", tile.m() * rowBytes)
        .perStage("tile of B", tile.n() * rowBytes)
        .build();
  }

  /** All threads copy, and all multiply: they have one role. */
  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    return ThreadRoles.of(ThreadRoles.MATH, tile.m() * tile.n() <= SMALL_TILE ? 128 : 256);
  }

  @Override
  public Optional<KernelProvider> kernels() {
    return Optional.of(new Sm80Kernels(this));
  }
}
