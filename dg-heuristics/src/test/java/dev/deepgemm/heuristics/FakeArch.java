package dev.deepgemm.heuristics;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import java.util.List;

/**
 * An architecture where nearly everything is legal, for rules that real ones never reach. Shared
 * memory is 1000 bytes a stage and 100 bytes besides.
 */
class FakeArch implements ArchSpec {
  static final int PER_STAGE = 1000;
  static final int FIXED = 100;

  @Override
  public String id() {
    return "fake";
  }

  @Override
  public String target() {
    return "sm_00";
  }

  @Override
  public ComputeCapability computeCapability() {
    return new ComputeCapability(0, 0);
  }

  @Override
  public int smemCapacity() {
    return FIXED + 5 * PER_STAGE;
  }

  @Override
  public int defaultNumSms() {
    return 10;
  }

  @Override
  public List<Problem> unsupported(Signature signature) {
    return List.of();
  }

  @Override
  public int blockK(Signature signature) {
    return 64;
  }

  @Override
  public List<Integer> blockMs(Signature signature) {
    return List.of(64, 128);
  }

  @Override
  public List<Integer> blockNs(Signature signature) {
    return List.of(64, 128);
  }

  @Override
  public Legality tile(Signature signature, Tile tile) {
    return Legality.legal();
  }

  @Override
  public Legality stages(Signature signature, Tile tile, int stages) {
    return Legality.legal();
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    return Legality.legal();
  }

  @Override
  public Tile loadedTile(Tile tile, Multicast multicast) {
    return tile;
  }

  @Override
  public boolean swizzlesD(Signature signature) {
    return true;
  }

  @Override
  public SmemUsage smem(
      GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
    return SmemUsage.builder().fixed("d", FIXED).perStage("a", PER_STAGE).build();
  }

  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    return ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 128);
  }
}
