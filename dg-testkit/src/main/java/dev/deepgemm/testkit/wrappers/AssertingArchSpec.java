package dev.deepgemm.testkit.wrappers;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.api.Swizzles;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
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
 * candidate, stages of an illegal tile, shared memory of a part that no CTA loads, a launch of
 * operands that were not checked.
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

  private void supported(GemmDesc desc) {
    List<Problem> problems = inner().unsupported(desc);
    require(problems.isEmpty(), "asked about an unsupported problem: %s", problems);
  }

  private void candidate(GemmDesc desc, Tile tile) {
    supported(desc);
    require(
        inner().blockMs(desc).contains(tile.m())
            && inner().blockNs(desc).contains(tile.n())
            && inner().blockK(desc) == tile.k(),
        "asked about tile %s, which is no candidate for %s",
        tile,
        desc);
  }

  private void legal(GemmDesc desc, Tile tile) {
    candidate(desc, tile);
    Legality legality = inner().tile(desc, tile);
    require(legality.isLegal(), "asked about illegal tile %s: %s", tile, legality.reason());
  }

  @Override
  public int blockK(GemmDesc desc) {
    supported(desc);
    return super.blockK(desc);
  }

  @Override
  public List<Integer> blockMs(GemmDesc desc) {
    supported(desc);
    return super.blockMs(desc);
  }

  @Override
  public List<Integer> blockNs(GemmDesc desc) {
    supported(desc);
    return super.blockNs(desc);
  }

  @Override
  public Legality tile(GemmDesc desc, Tile tile) {
    candidate(desc, tile);
    return super.tile(desc, tile);
  }

  @Override
  public Legality stages(GemmDesc desc, Tile tile, int stages) {
    legal(desc, tile);
    require(stages >= 1, "asked about %d stages", stages);
    return super.stages(desc, tile, stages);
  }

  @Override
  public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
    legal(desc, tile);
    require(side != Multicast.NONE, "asked whether not sharing is legal");
    require(numSms >= 1, "asked about %d SMs; an SM limit has to be resolved first", numSms);
    return super.multicast(desc, tile, side, numSms);
  }

  @Override
  public SmemUsage smem(GemmDesc desc, Tile tile, Tile loaded, Swizzles swizzles) {
    legal(desc, tile);
    require(
        List.of(Multicast.values()).stream()
            .anyMatch(side -> inner().loadedTile(tile, side).equals(loaded)),
        "asked about a CTA that loads %s of tile %s; nobody does",
        loaded,
        tile);
    require(
        WIDTHS.contains(swizzles.a())
            && WIDTHS.contains(swizzles.b())
            && (swizzles.d() == 0 || WIDTHS.contains(swizzles.d())),
        "asked about %s",
        swizzles);
    return super.smem(desc, tile, loaded, swizzles);
  }

  @Override
  public SmemUsage smem(GemmDesc desc, Tile tile, Tile loaded, Swizzles swizzles, Team team) {
    smem(desc, tile, loaded, swizzles);
    require(
        inner().teams(desc, tile).contains(team),
        "asked about %s, which tile %s does not have",
        team,
        tile);
    return super.smem(desc, tile, loaded, swizzles, team);
  }

  @Override
  public List<Team> teams(GemmDesc desc, Tile tile) {
    legal(desc, tile);
    return super.teams(desc, tile);
  }

  @Override
  public ThreadRoles threads(GemmDesc desc, Tile tile) {
    legal(desc, tile);
    return super.threads(desc, tile);
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
