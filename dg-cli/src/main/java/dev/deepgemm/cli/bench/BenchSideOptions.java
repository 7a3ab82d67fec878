package dev.deepgemm.cli.bench;

import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.measure.bench.BenchSide;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** Which sides of ours are timed in turn. */
final class BenchSideOptions {
  @Option(
      names = "--policy",
      paramLabel = "POLICY,...",
      split = ",",
      description =
          "How configurations are chosen: classic or tuned; overrides DG_HEURISTICS. Several are"
              + " timed in turn, round by round.")
  List<String> policies = List.of();

  @Option(
      names = "--constant-weights",
      description =
          "Time each policy also with B declared constant, so that a launch may fetch it while the"
              + " one in front of it still runs.")
  boolean constantWeights;

  /**
   * The sides in the order of the command line; a policy's with constant weights come behind all that
   * are without.
   *
   * @param problems where to put what is wrong: no policy ({@code DG-OPT-01}), or one that is named
   *     twice ({@code DG-BENCH-07})
   */
  List<BenchSide> sides(Options options, List<Problem> problems) {
    Set<Heuristics> chosen = new LinkedHashSet<>();
    if (policies.isEmpty()) {
      parse(options, problems).forEach(chosen::add);
    }
    for (String text : policies) {
      for (Heuristics policy : parse(options.with(Options.HEURISTICS, text), problems)) {
        if (!chosen.add(policy)) {
          problems.add(
              Problem.of(
                  "DG-BENCH-07",
                  "--policy names %s twice; legal: each policy once",
                  new BenchSide(policy, false)));
        }
      }
    }
    List<BenchSide> sides = new ArrayList<>();
    chosen.forEach(policy -> sides.add(new BenchSide(policy, false)));
    if (constantWeights) {
      chosen.forEach(policy -> sides.add(new BenchSide(policy, true)));
    }
    return sides;
  }

  /**
   * The options of the machine on which sides are timed: what a side decides, no variable of the
   * environment may decide for it, whether it is legal or not.
   */
  static Options decided(Options options, List<BenchSide> sides) {
    return options
        .with(Options.HEURISTICS, sides.get(0).policyName())
        .with(Options.CONSTANT_WEIGHTS, "0");
  }

  /** The policy of some options; none if it is not legal. */
  private static List<Heuristics> parse(Options options, List<Problem> problems) {
    try {
      return List.of(options.get(Options.HEURISTICS));
    } catch (OptionException e) {
      problems.addAll(e.problems());
      return List.of();
    }
  }
}
