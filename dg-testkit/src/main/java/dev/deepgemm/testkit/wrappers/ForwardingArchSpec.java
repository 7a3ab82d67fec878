package dev.deepgemm.testkit.wrappers;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.Tuning;
import java.util.List;
import java.util.Optional;

/**
 * A plugin that asks another one everything: the base of wrappers that check, count, or break
 * something on purpose.
 */
public class ForwardingArchSpec implements ArchSpec {
  private final ArchSpec inner;

  /** Asks {@code inner}. */
  public ForwardingArchSpec(ArchSpec inner) {
    this.inner = inner;
  }

  /** Who is asked. */
  protected final ArchSpec inner() {
    return inner;
  }

  @Override
  public String id() {
    return inner.id();
  }

  @Override
  public String target() {
    return inner.target();
  }

  @Override
  public ComputeCapability computeCapability() {
    return inner.computeCapability();
  }

  @Override
  public boolean runsOn(ComputeCapability device) {
    return inner.runsOn(device);
  }

  @Override
  public int smemCapacity() {
    return inner.smemCapacity();
  }

  @Override
  public int defaultNumSms() {
    return inner.defaultNumSms();
  }

  @Override
  public List<Problem> unsupported(Signature signature) {
    return inner.unsupported(signature);
  }

  @Override
  public ScaleScheme defaultScaling(DataType abType) {
    return inner.defaultScaling(abType);
  }

  @Override
  public int blockK(Signature signature) {
    return inner.blockK(signature);
  }

  @Override
  public List<Integer> blockMs(Signature signature) {
    return inner.blockMs(signature);
  }

  @Override
  public List<Integer> blockNs(Signature signature) {
    return inner.blockNs(signature);
  }

  @Override
  public Legality tile(Signature signature, Tile tile) {
    return inner.tile(signature, tile);
  }

  @Override
  public List<Integer> candidateMs(GemmDesc desc) {
    return inner.candidateMs(desc);
  }

  @Override
  public Legality candidate(GemmDesc desc, Tile tile) {
    return inner.candidate(desc, tile);
  }

  @Override
  public Legality classic(Signature signature, Tile tile) {
    return inner.classic(signature, tile);
  }

  @Override
  public Legality stages(Signature signature, Tile tile, int stages) {
    return inner.stages(signature, tile, stages);
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    return inner.multicast(desc, tile, side, numSms);
  }

  @Override
  public Tile loadedTile(Tile tile, Multicast multicast) {
    return inner.loadedTile(tile, multicast);
  }

  @Override
  public boolean swizzlesD(Signature signature) {
    return inner.swizzlesD(signature);
  }

  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    return inner.threads(signature, tile);
  }

  @Override
  public Optional<Tuning> tuning(Signature signature) {
    return inner.tuning(signature);
  }

  @Override
  public int kSlices(Signature signature, Tile tile, Team team) {
    return inner.kSlices(signature, tile, team);
  }

  @Override
  public int storedColumns(Signature signature, Tile tile, Team team) {
    return inner.storedColumns(signature, tile, team);
  }

  @Override
  public List<Team> teams(Signature signature, Tile tile) {
    return inner.teams(signature, tile);
  }

  @Override
  public SmemUsage smem(
      GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
    return inner.smem(desc, tile, multicast, team, swizzles);
  }

  @Override
  public boolean shouldMinimizeNumSms(Options options) {
    return inner.shouldMinimizeNumSms(options);
  }

  @Override
  public Optional<KernelProvider> kernels() {
    return inner.kernels();
  }
}
