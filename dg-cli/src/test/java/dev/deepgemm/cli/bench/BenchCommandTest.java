package dev.deepgemm.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.measure.bench.BenchSide;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchCommandTest {
  @Test
  void everythingThatIsWrong_isToldAtOnce_beforeADeviceIsLookedFor() {
    CommandRun run =
        CommandRun.of("bench", "--shapes", "1x2,3x4x5", "--dtype", "int8", "--rounds", "0");
    assertEquals(ExitCode.USAGE, run.code());
    for (String id : List.of("DG-BENCH-04", "DG-BENCH-06", "DG-BENCH-02")) {
      assertTrue(run.err().contains(id), run.err());
    }
  }

  @Test
  void policies_thatAreNoneOrThereTwice_areToldWithTheRest() {
    CommandRun run =
        CommandRun.of(
            "bench", "--shapes", "1x2x3", "--policy", "tuned,fast,Tuned,slow", "--rounds", "0");
    assertEquals(ExitCode.USAGE, run.code());
    assertEquals(2, run.err().split("DG-OPT-01", -1).length - 1, run.err());
    assertTrue(run.err().contains("fast") && run.err().contains("slow"), run.err());
    assertTrue(run.err().contains("DG-BENCH-07: --policy names tuned twice"), run.err());
    assertTrue(run.err().contains("DG-BENCH-02"), run.err());
  }

  private static List<String> sides(Options options, boolean constantWeights, String... policies) {
    BenchSideOptions sides = new BenchSideOptions();
    sides.policies = List.of(policies);
    sides.constantWeights = constantWeights;
    List<Problem> problems = new ArrayList<>();
    List<String> names = sides.sides(options, problems).stream().map(BenchSide::name).toList();
    assertEquals(List.of(), problems);
    return names;
  }

  @Test
  void sides_keepTheOrderOfTheCommandLine_constantWeightsBehind() {
    Options options = Options.defaults();
    assertEquals(List.of("tuned", "classic"), sides(options, false, "tuned", "classic"));
    assertEquals(
        List.of("classic", "tuned", "classic, constant weights", "tuned, constant weights"),
        sides(options, true, "classic", "tuned"));
  }

  @Test
  void sides_withoutAPolicy_areThatOfTheEnvironment() {
    Options classic = Options.of(Map.of(), Map.of("DG_HEURISTICS", "classic"));
    assertEquals(List.of("tuned"), sides(Options.defaults(), false));
    assertEquals(List.of("classic", "classic, constant weights"), sides(classic, true));
    Options wrong = Options.of(Map.of(), Map.of("DG_HEURISTICS", "fast"));
    assertEquals(List.of("classic"), sides(wrong, false, "classic"), "it is not asked for");
    List<Problem> problems = new ArrayList<>();
    new BenchSideOptions().sides(wrong, problems);
    assertEquals(List.of("DG-OPT-01"), problems.stream().map(Problem::id).toList());
  }

  @Test
  void environment_doesNotDecideForASide() {
    Options set =
        Options.defaults()
            .with(Options.HEURISTICS, "none such")
            .with(Options.CONSTANT_WEIGHTS, "1");
    List<BenchSide> sides = List.of(new BenchSide(Heuristics.TUNED, false));
    Options decided = BenchSideOptions.decided(set, sides);
    assertEquals(Heuristics.TUNED, decided.get(Options.HEURISTICS));
    assertEquals(false, decided.get(Options.CONSTANT_WEIGHTS));
  }

  @Test
  void noProducts_isAnError() {
    CommandRun run = CommandRun.of("bench");
    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("--shapes or --baseline"), run.err());
  }
}
