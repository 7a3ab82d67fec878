package dev.deepgemm.spi;

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
import java.util.List;

/** A plugin with a name and a compute capability, and nothing that these tests ask for. */
public class PlainSpec implements ArchSpec {
  private final String id;
  private final ComputeCapability capability;

  /** What {@link java.util.ServiceLoader} calls. */
  public PlainSpec() {
    this("plain", new ComputeCapability(9, 0));
  }

  PlainSpec(String id, ComputeCapability capability) {
    this.id = id;
    this.capability = capability;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String target() {
    return "sm_" + capability.major() + capability.minor();
  }

  @Override
  public ComputeCapability computeCapability() {
    return capability;
  }

  @Override
  public int smemCapacity() {
    return 1;
  }

  @Override
  public int defaultNumSms() {
    return 1;
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
    return List.of(64);
  }

  @Override
  public List<Integer> blockNs(Signature signature) {
    return List.of(64);
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
    return false;
  }

  @Override
  public SmemUsage smem(
      GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
    return SmemUsage.builder().build();
  }

  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    return ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 128);
  }
}
