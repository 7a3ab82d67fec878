package dev.deepgemm.cli.kernels;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.cli.options.DefaultSms;
import dev.deepgemm.cli.options.PolicyOption;
import dev.deepgemm.cli.options.ProblemOptions;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Which kernel: the one that a problem gets, or one with a tile, a depth and a sharing of the user's
 * choice. What is not chosen is the selector's.
 */
final class KernelChoice {
  private static final Pattern TILE = Pattern.compile("(\\d{1,6})x(\\d{1,6})");

  @Option(names = "--arch", paramLabel = "ARCH", description = "Architecture (default sm90).")
  String arch = "sm90";

  @Mixin ProblemOptions problem = new ProblemOptions();

  @Mixin PolicyOption policy = new PolicyOption();

  @Option(names = "--tile", paramLabel = "MxN", description = "Tile, such as 128x160.")
  @Nullable String tile;

  @Option(names = "--stages", paramLabel = "STAGES", description = "Depth of the pipeline.")
  @Nullable Integer stages;

  @Option(
      names = "--multicast",
      paramLabel = "SIDE",
      description = "Operand that two CTAs share: none, on_a or on_b.")
  @Nullable Multicast multicast;

  @Option(
      names = "--math-threads",
      paramLabel = "N",
      description = "Math threads of a CTA, where the architecture offers a choice.")
  @Nullable Integer mathThreads;

  @Option(
      names = "--split-k",
      paramLabel = "N",
      description = "CTAs that share a tile along k, where the architecture offers it.")
  @Nullable Integer splitK;

  /** The architecture. */
  ArchSpec spec() {
    return ArchSpecs.load().get(arch);
  }

  /** The configuration; sizes that are not given are those of the default problem. */
  GemmConfig config(Options options) {
    if (problem.m == null && problem.n == null && problem.k == null) {
      problem.m = ProblemOptions.DEFAULT_M;
      problem.n = ProblemOptions.DEFAULT_N;
      problem.k = ProblemOptions.DEFAULT_K;
    }
    ArchSpec spec = spec();
    GemmDesc desc = problem.toDesc(spec, DefaultSms.WITHOUT_DEVICE);
    Kernels.requireSupported(spec, desc);
    ConfigSelector selector = ConfigSelector.create(policy.over(options));
    GemmConfig selected = selector.select(spec, desc);
    if (tile == null
        && stages == null
        && multicast == null
        && mathThreads == null
        && splitK == null) {
      return selected;
    }
    Tile wanted =
        tile == null ? selected.kernel().tile() : parse(tile, spec.blockK(desc.signature()));
    Multicast side = multicast == null ? Multicast.NONE : multicast;
    Team team = team(spec, desc, wanted);
    return selector.configure(
        spec,
        desc,
        wanted,
        stages == null ? deepest(selector, spec, desc, wanted, side, team) : stages,
        side,
        team);
  }

  /** The largest legal depth; asking for one stage too many names it, so asking downwards is simple. */
  private static int deepest(
      ConfigSelector selector, ArchSpec spec, GemmDesc desc, Tile tile, Multicast side, Team team) {
    GemmConfig one = selector.configure(spec, desc, tile, 1, side, team);
    int depth = (spec.smemCapacity() - one.smem().fixed()) / one.smem().perStage();
    depth = Math.min(depth, ConfigSelector.MAX_STAGES);
    while (depth > 1
        && !(spec.stages(desc.signature(), tile, depth).isLegal()
            && emittable(spec, selector.configure(spec, desc, tile, depth, side, team)))) {
      depth--;
    }
    return depth;
  }

  private static boolean emittable(ArchSpec spec, GemmConfig config) {
    return Kernels.of(spec).canEmit(config.kernel()).isLegal();
  }

  private Team team(ArchSpec spec, GemmDesc desc, Tile tile) {
    ThreadRoles usual = spec.threads(desc.signature(), tile);
    ThreadRoles threads = mathThreads == null ? usual : Kernels.withMathThreads(usual, mathThreads);
    return new Team(threads, splitK == null ? 1 : splitK);
  }

  private static Tile parse(String text, int blockK) {
    Matcher matcher = TILE.matcher(text);
    if (!matcher.matches() || matcher.group(1).matches("0+") || matcher.group(2).matches("0+")) {
      throw new InputException(
          Problem.of("DG-CLI-16", "--tile is \"%s\"; legal: MxN, such as 128x160", text));
    }
    return new Tile(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), blockK);
  }
}
