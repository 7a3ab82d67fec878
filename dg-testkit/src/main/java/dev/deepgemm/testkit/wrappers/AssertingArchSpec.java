package dev.deepgemm.testkit.wrappers;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A plugin that checks its caller: whoever selects configurations or launches kernels is tested
 * with it. What the SPI leaves undefined is an {@link AssertionError} here: a tile that is no
 * candidate, stages of an illegal tile, shared memory of a team that the tile does not have, a launch
 * of operands that were not checked.
 */
public final class AssertingArchSpec extends ForwardingArchSpec {
  private static final Set<Integer> WIDTHS = Set.of(16, 32, 64, 128);

  /** Checks callers of {@code inner}. */
  public AssertingArchSpec(ArchSpec inner) {
    super(inner);
  }

  private static void require(boolean holds, String format, @Nullable Object... args) {
    if (!holds) {
      throw new AssertionError(String.format(Locale.ROOT, format, args));
    }
  }

  private void supported(Signature signature) {
    List<Problem> problems = inner().unsupported(signature);
    require(problems.isEmpty(), "asked about an unsupported problem: %s", problems);
  }

  private void possible(Signature signature, Tile tile) {
    supported(signature);
    require(
        inner().blockMs(signature).contains(tile.m())
            && inner().blockNs(signature).contains(tile.n())
            && inner().blockK(signature) == tile.k(),
        "asked about tile %s, which is no candidate for %s",
        tile,
        signature);
  }

  private void legal(Signature signature, Tile tile) {
    possible(signature, tile);
    Legality legality = inner().tile(signature, tile);
    require(legality.isLegal(), "asked about illegal tile %s: %s", tile, legality.reason());
  }

  private void oneOf(Signature signature, Tile tile, Team team) {
    legal(signature, tile);
    require(
        inner().teams(signature, tile).contains(team),
        "asked about %s, which tile %s does not have",
        team,
        tile);
  }

  @Override
  public int blockK(Signature signature) {
    supported(signature);
    return super.blockK(signature);
  }

  @Override
  public List<Integer> blockMs(Signature signature) {
    supported(signature);
    return super.blockMs(signature);
  }

  @Override
  public List<Integer> blockNs(Signature signature) {
    supported(signature);
    return super.blockNs(signature);
  }

  @Override
  public List<Integer> candidateMs(GemmDesc desc) {
    supported(desc.signature());
    return super.candidateMs(desc);
  }

  @Override
  public Legality tile(Signature signature, Tile tile) {
    possible(signature, tile);
    return super.tile(signature, tile);
  }

  @Override
  public Legality candidate(GemmDesc desc, Tile tile) {
    legal(desc.signature(), tile);
    require(
        inner().candidateMs(desc).contains(tile.m()),
        "asked about tile %s, whose m is no candidate for %s",
        tile,
        desc);
    return super.candidate(desc, tile);
  }

  @Override
  public Legality stages(Signature signature, Tile tile, int stages) {
    legal(signature, tile);
    require(stages >= 1, "asked about %d stages", stages);
    return super.stages(signature, tile, stages);
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    legal(desc.signature(), tile);
    require(side != Multicast.NONE, "asked whether not sharing is legal");
    require(numSms >= 1, "asked about %d SMs; an SM limit has to be resolved first", numSms);
    return super.multicast(desc, tile, side, numSms);
  }

  @Override
  public boolean swizzlesD(Signature signature) {
    supported(signature);
    return super.swizzlesD(signature);
  }

  @Override
  public SmemUsage smem(
      GemmDesc desc, Tile tile, Multicast multicast, Team team, Swizzles swizzles) {
    oneOf(desc.signature(), tile, team);
    require(
        WIDTHS.contains(swizzles.a())
            && WIDTHS.contains(swizzles.b())
            && (swizzles.d() == 0 || WIDTHS.contains(swizzles.d())),
        "asked about %s",
        swizzles);
    return super.smem(desc, tile, multicast, team, swizzles);
  }

  @Override
  public List<Team> teams(Signature signature, Tile tile) {
    legal(signature, tile);
    return super.teams(signature, tile);
  }

  @Override
  public ThreadRoles threads(Signature signature, Tile tile) {
    legal(signature, tile);
    return super.threads(signature, tile);
  }

  @Override
  public int kSlices(Signature signature, Tile tile, Team team) {
    oneOf(signature, tile, team);
    return super.kSlices(signature, tile, team);
  }

  @Override
  public int storedColumns(Signature signature, Tile tile, Team team) {
    oneOf(signature, tile, team);
    return super.storedColumns(signature, tile, team);
  }

  @Override
  public Optional<KernelProvider> kernels() {
    return super.kernels().map(AssertingKernels::new);
  }

  private static final class AssertingKernels extends ForwardingKernelProvider {
    AssertingKernels(KernelProvider inner) {
      super(inner);
    }

    @Override
    public PtxModule emit(KernelSpec spec) {
      Legality legality = inner().canEmit(spec);
      require(legality.isLegal(), "emit() of %s: %s", spec.id(), legality.reason());
      return super.emit(spec);
    }

    @Override
    public LaunchPlan plan(GemmConfig config, GemmOperands operands) {
      List<Problem> problems = inner().check(config.desc(), operands);
      require(problems.isEmpty(), "plan() of unchecked operands: %s", problems);
      return super.plan(config, operands);
    }
  }
}
