package dev.deepgemm.testkit.wrappers;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
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
  public List<Problem> unsupported(GemmDesc desc) {
    return inner.unsupported(desc);
  }

  @Override
  public ScaleScheme defaultScaling(DataType abType) {
    return inner.defaultScaling(abType);
  }

  @Override
  public int blockK(GemmDesc desc) {
    return inner.blockK(desc);
  }

  @Override
  public List<Integer> blockMs(GemmDesc desc) {
    return inner.blockMs(desc);
  }

  @Override
  public List<Integer> blockNs(GemmDesc desc) {
    return inner.blockNs(desc);
  }

  @Override
  public Legality tile(GemmDesc desc, Tile tile) {
    return inner.tile(desc, tile);
  }

  @Override
  public Legality stages(GemmDesc desc, Tile tile, int stages) {
    return inner.stages(desc, tile, stages);
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
  public boolean swizzlesD(GemmDesc desc) {
    return inner.swizzlesD(desc);
  }

  @Override
  public SmemUsage smem(GemmDesc desc, Tile tile, Tile loaded, Swizzles swizzles) {
    return inner.smem(desc, tile, loaded, swizzles);
  }

  @Override
  public ThreadRoles threads(GemmDesc desc, Tile tile) {
    return inner.threads(desc, tile);
  }

  @Override
  public Optional<Tuning> tuning(GemmDesc desc) {
    return inner.tuning(desc);
  }

  @Override
  public int storedColumns(GemmDesc desc, Tile tile, Team team) {
    return inner.storedColumns(desc, tile, team);
  }

  @Override
  public List<Team> teams(GemmDesc desc, Tile tile) {
    return inner.teams(desc, tile);
  }

  @Override
  public SmemUsage smem(GemmDesc desc, Tile tile, Tile loaded, Swizzles swizzles, Team team) {
    return inner.smem(desc, tile, loaded, swizzles, team);
  }

  @Override
  public boolean shouldMinimizeNumSms() {
    return inner.shouldMinimizeNumSms();
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
