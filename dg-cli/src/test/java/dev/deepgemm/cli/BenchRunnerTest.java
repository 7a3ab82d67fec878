package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.CudaException;
import dev.deepgemm.jit.DeviceInfo;
import dev.deepgemm.jit.FailingDriver;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.testkit.GemmError;
import dev.deepgemm.testkit.Tolerance;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of measurements and what is made of them, with scripted times. */
class BenchRunnerTest {
  private static final int TUNED_SMS = 100;
  private static final BenchSide CLASSIC = new BenchSide(Heuristics.CLASSIC, false);
  private static final BenchSide TUNED = new BenchSide(Heuristics.TUNED, false);
  private static final BenchSide CLASSIC_CONSTANT = new BenchSide(Heuristics.CLASSIC, true);
  private static final BenchSide TUNED_CONSTANT = new BenchSide(Heuristics.TUNED, true);
  private static final List<BenchSide> ALL_SIDES =
      List.of(CLASSIC, TUNED, CLASSIC_CONSTANT, TUNED_CONSTANT);
  private static final Ceilings CEILINGS = Ceilings.of(4e12);

  @TempDir Path folder;

  private final List<String> calls = new ArrayList<>();

  /** What subjects and trials do; 10 us for classic, 8 for tuned, 2 less with constant weights. */
  private class Script {
    final Set<BenchCase> sameConfig = new HashSet<>();

    double micros(BenchCase one, Heuristics policy, boolean constantWeights) {
      return (policy == Heuristics.CLASSIC ? 10 : 8) - (constantWeights ? 2 : 0);
    }

    List<String> problems(String trial) {
      return List.of();
    }

    void before(String call) {}

    private void call(String call) {
      calls.add(call);
      before(call);
    }

    BenchSubject open(BenchCase one) {
      call("open " + one);
      return new BenchSubject() {
        @Override
        public GemmConfig config(Heuristics policy) {
          call("choose " + policy);
          boolean tuned = policy == Heuristics.TUNED && !sameConfig.contains(one);
          return ConfigSelector.create(Options.defaults())
              .select(new Sm90Spec(), one.desc().withSmLimit(tuned ? TUNED_SMS : 132));
        }

        @Override
        public Trial open(GemmConfig config, boolean constantWeights) {
          Heuristics policy =
              config.desc().smLimit() == TUNED_SMS ? Heuristics.TUNED : Heuristics.CLASSIC;
          String name = new BenchSide(policy, constantWeights).name();
          call("check " + name);
          return trial(name, micros(one, policy, constantWeights));
        }

        @Override
        public Tolerance tolerance() {
          return Tolerance.of(one.desc());
        }

        @Override
        public int sets() {
          return 4;
        }

        @Override
        public int launches() {
          return 20;
        }

        @Override
        public void close() {
          call("close");
        }
      };
    }

    private BenchSubject.Trial trial(String name, double micros) {
      return new BenchSubject.Trial() {
        @Override
        public Machine.Prepared prepared() {
          return new Machine.Prepared("disk", 1, 2, 3, "ptxas 13", Optional.empty());
        }

        @Override
        public GemmError error() {
          return new GemmError(1, 250_000, 0.5, 1, 2);
        }

        @Override
        public double[] time(int replays) {
          call("time " + name + " " + replays);
          return new double[] {micros, micros - 1, micros + 2};
        }

        @Override
        public List<String> problems() {
          call("look at " + name);
          return Script.this.problems(name);
        }
      };
    }
  }

  private static final BenchCase SMALL =
      new BenchCase(BenchKind.FP8, new BenchShape(64, 4096, 7168));
  private static final BenchCase LARGE =
      new BenchCase(BenchKind.FP8, new BenchShape(4096, 4096, 7168));

  private List<BenchResult> run(PeerProcess peer, List<BenchCase> products) {
    return run(new Script(), List.of(CLASSIC), peer, 2, products);
  }

  private List<BenchResult> run(
      Script script,
      List<BenchSide> sides,
      @Nullable PeerProcess peer,
      int rounds,
      List<BenchCase> products) {
    List<BenchResult> results = new ArrayList<>();
    new BenchRunner(script::open, sides, peer, rounds, 3).run(products, results::addAll);
    return results;
  }

  private List<String> timed() {
    return calls.stream().filter(call -> call.startsWith("time")).toList();
  }

  private static String table(List<BenchResult> results) {
    StringWriter text = new StringWriter();
    new BenchTable(CEILINGS, results).print(new PrintWriter(text));
    return text.toString();
  }

  /** Words of the only line that begins so, behind that. */
  private static List<String> line(String text, String start) {
    List<String> lines = text.lines().filter(line -> line.startsWith(start)).toList();
    assertEquals(1, lines.size(), text);
    return List.of(lines.get(0).substring(start.length()).strip().split(" +"));
  }

  private PeerProcess peer() throws IOException {
    Path script = folder.resolve("peer.sh");
    Files.writeString(
        script,
        "echo '{\"peer\": \"shell\"}'\n"
            + "while read ask; do echo '{\"results\": {\"cublaslt_fp8_block_scaled\":"
            + " {\"micros\": [20, 21, 19]}}}'; done\n");
    return PeerProcess.start("sh " + script, Duration.ofSeconds(20));
  }

  @Test
  void products_areTimedInTurn_andTheMedianCounts() throws IOException {
    try (PeerProcess peer = peer()) {
      List<BenchResult> results = run(peer, List.of(SMALL, LARGE));
      assertEquals(
          List.of(
              "open " + SMALL,
              "choose CLASSIC",
              "check classic",
              "time classic 3",
              "time classic 3",
              "look at classic",
              "close",
              "open " + LARGE,
              "choose CLASSIC",
              "check classic",
              "time classic 3",
              "time classic 3",
              "look at classic",
              "close"),
          calls);
      BenchResult first = results.get(0);
      assertEquals(10, first.median().getAsDouble());
      assertEquals(6, first.micros().size());
      assertEquals(2, first.speedup("cublaslt_fp8_block_scaled").getAsDouble());
      assertTrue(first.speedup("cublaslt_fp8_per_tensor").isEmpty());
    }
  }

  @Test
  void sides_areCheckedFirst_andMoveUpByOneEachRound() {
    run(new Script(), List.of(CLASSIC, TUNED, TUNED_CONSTANT), null, 3, List.of(SMALL));
    String classic = "time classic 3";
    String tuned = "time tuned 3";
    String constant = "time tuned, constant weights 3";
    assertEquals(
        List.of(
            "check classic",
            "check tuned",
            "check tuned, constant weights",
            classic,
            tuned,
            constant,
            tuned,
            constant,
            classic,
            constant,
            classic,
            tuned,
            "look at classic",
            "look at tuned",
            "look at tuned, constant weights",
            "close"),
        calls.subList(4, calls.size()));
  }

  @Test
  void sides_haveTimesOfTheirOwn_andThePeersTogether() throws IOException {
    try (PeerProcess peer = peer()) {
      List<BenchResult> results = run(new Script(), ALL_SIDES, peer, 2, List.of(SMALL, LARGE));
      assertEquals(8, results.size());
      assertEquals(ALL_SIDES, results.subList(4, 8).stream().map(BenchResult::side).toList());
      assertEquals(
          List.of(10.0, 8.0, 8.0, 6.0),
          results.subList(0, 4).stream().map(result -> result.median().orElseThrow()).toList());
      assertEquals(2.5, results.get(1).speedup("cublaslt_fp8_block_scaled").orElseThrow());
      List<Double> peers = results.get(0).peers().get("cublaslt_fp8_block_scaled").micros();
      assertEquals(List.of(20.0, 21.0, 19.0, 20.0, 21.0, 19.0), peers);
      assertEquals(peers, results.get(3).peers().get("cublaslt_fp8_block_scaled").micros());
    }
  }

  @Test
  void sides_thatLaunchTheSame_areTimedOnceAndShareTheTimes() {
    Script script = new Script();
    script.sameConfig.add(SMALL);
    List<BenchResult> results =
        run(script, List.of(CLASSIC, TUNED, TUNED_CONSTANT), null, 1, List.of(SMALL));
    assertEquals(List.of("time classic 3", "time classic, constant weights 3"), timed());
    assertEquals(List.of(10.0, 9.0, 12.0), results.get(0).micros());
    assertEquals(results.get(0).micros(), results.get(1).micros());
    assertEquals(results.get(0).measured(), results.get(1).measured());
    assertEquals(8, results.get(2).median().orElseThrow(), "constant weights are another launch");
  }

  @Test
  void side_thatIsWrong_isItsOwnResultOnly() {
    Script script =
        new Script() {
          @Override
          List<String> problems(String trial) {
            return trial.equals("tuned") ? List.of("the result is out of tolerance") : List.of();
          }
        };
    List<BenchResult> results = run(script, ALL_SIDES, null, 1, List.of(SMALL));
    assertEquals(
        List.of(true, false, true, true), results.stream().map(BenchResult::passed).toList());
    String text = table(results);
    assertTrue(text.contains("1 of 4 results of 4 sides FAILED"), text);
    assertEquals("-", line(text, "tuned: fp8").get(5), "a wrong result has no speed");
  }

  @Test
  void side_thatFails_leavesTheTurnToTheOthers() {
    Script script =
        new Script() {
          @Override
          void before(String call) {
            if (call.equals("time classic 3") || call.equals("check tuned, constant weights")) {
              throw new CliException(Problem.of("DG-BENCH-99", call));
            }
          }
        };
    List<BenchResult> results = run(script, ALL_SIDES, null, 2, List.of(SMALL));
    assertEquals(
        List.of(
            "time classic 3",
            "time tuned 3",
            "time classic, constant weights 3",
            "time classic, constant weights 3",
            "time tuned 3"),
        timed());
    assertTrue(results.get(0).problems().get(0).contains("time classic 3"));
    assertTrue(results.get(1).passed() && results.get(2).passed());
    assertNull(results.get(3).measured());
    assertFalse(results.get(3).passed());
  }

  @Test
  void lostDevice_endsTheRun_withAResultForEachSide() {
    Script script =
        new Script() {
          @Override
          void before(String call) {
            if (call.startsWith("time tuned")) {
              breakDevice();
            }
          }
        };
    List<BenchResult> results = new ArrayList<>();
    BenchRunner runner = new BenchRunner(script::open, List.of(CLASSIC, TUNED), null, 2, 3);
    assertThrows(CudaException.class, () -> runner.run(List.of(SMALL, LARGE), results::addAll));
    assertEquals(List.of(CLASSIC, TUNED), results.stream().map(BenchResult::side).toList());
    assertTrue(results.stream().noneMatch(BenchResult::passed));
    assertFalse(calls.contains("open " + LARGE));
  }

  private static void breakDevice() {
    FailingDriver driver = new FailingDriver();
    try (Gpu gpu = driver.simulate()) {
      driver.failAt(FailingDriver.Operation.ALLOCATE, 1, FailingDriver.Fault.OUT_OF_MEMORY);
      gpu.allocate(16);
    }
  }

  @Test
  void table_hasRatiosByRows() throws IOException {
    String text;
    try (PeerProcess peer = peer()) {
      text = table(run(peer, List.of(SMALL, LARGE)));
    }
    assertEquals(
        List.of("-", "-", "2.000", "-", "2.000", "2.000"),
        line(text, "speed against cublaslt_fp8_block_scaled"));
    assertTrue(text.contains("2 products, all within tolerance"), text);
    assertTrue(text.contains("20.00 (2.00)  n/a"), text);
    assertFalse(text.contains("side"), text);
    assertFalse(text.contains("classic"), text);
  }

  @Test
  void table_ofSeveralSides_comparesThemWithTheFirst() {
    Script script =
        new Script() {
          @Override
          double micros(BenchCase one, Heuristics policy, boolean constantWeights) {
            return policy == Heuristics.TUNED && one.equals(LARGE)
                ? 12.5
                : super.micros(one, policy, constantWeights);
          }
        };
    BenchCase sixteen = new BenchCase(BenchKind.BF16, new BenchShape(16, 2112, 7168));
    script.sameConfig.add(sixteen);
    String text =
        table(run(script, List.of(CLASSIC, TUNED), null, 1, List.of(SMALL, LARGE, sixteen)));
    assertTrue(text.lines().findFirst().orElseThrow().contains("  side  "), text);
    assertEquals(3, text.lines().filter(line -> line.contains("  tuned  ")).count(), text);
    assertEquals(2, text.lines().filter(line -> line.startsWith("geometric mean")).count(), text);
    // 10 / 8 and 10 / 12.5: as much faster as slower.
    assertEquals(List.of("-", "-", "1.250", "-", "0.800", "1.000"), line(text, "tuned: fp8"));
    assertEquals(List.of("-", "1.000", "-", "-", "-", "1.000"), line(text, "tuned: bf16"));
    assertTrue(
        text.contains(
            "tuned: slowest against classic: fp8 4096x4096x7168 0.800; bf16 16x2112x7168 1.000"),
        text);
    assertTrue(text.contains("6 results of 2 sides, all within tolerance"), text);
  }

  @Test
  void failure_isToldAndDoesNotStopTheOthers() {
    Script script =
        new Script() {
          @Override
          void before(String call) {
            if (call.equals("open " + SMALL)) {
              throw new CliException(Problem.of("DG-BENCH-99", "no such thing"));
            }
          }

          @Override
          List<String> problems(String trial) {
            return List.of("the result is out of tolerance");
          }
        };
    List<BenchResult> results = run(script, List.of(CLASSIC), null, 1, List.of(SMALL, LARGE));
    assertTrue(results.get(0).problems().get(0).contains("DG-BENCH-99"));
    assertFalse(results.get(1).passed());
    String text = table(results);
    assertTrue(text.contains("2 of 2 products FAILED"), text);
  }

  @Test
  void checkOnly_timesNothing() {
    List<BenchResult> results = run(new Script(), List.of(CLASSIC, TUNED), null, 0, List.of(SMALL));
    assertEquals(List.of(), timed());
    assertTrue(calls.containsAll(List.of("check classic", "check tuned", "close")));
    assertTrue(results.get(0).median().isEmpty() && results.get(0).passed());
  }

  @Test
  void json_holdsWhatAnotherRunIsComparedWith() throws IOException {
    DeviceInfo device =
        new DeviceInfo(
            0,
            "Fake",
            new ComputeCapability(9, 0),
            132,
            1L << 36,
            50 << 20,
            232_448,
            1_980_000,
            2_619_000,
            "999.01",
            "13.0");
    DeviceMonitor monitor = DeviceMonitor.none();
    monitor.add(
        DeviceMonitor.Sample.of("2026/11/23 07:00:00.250, 1755, 2619, 612.5, 61").orElseThrow());
    JsonNode root;
    try (PeerProcess peer = peer()) {
      List<BenchResult> results =
          run(new Script(), List.of(CLASSIC, TUNED_CONSTANT), peer, 2, List.of(SMALL));
      BenchReport report = new BenchReport(device, CEILINGS, "abc", peer.about(), 7, results);
      root = new ObjectMapper().readTree(report.json(monitor));
    }
    assertEquals("abc", root.get("commit").asText());
    assertEquals("shell", root.get("peer").get("peer").asText());
    JsonNode result = root.get("results").get(0);
    assertEquals("[\"classic\",\"tuned, constant weights\"]", root.get("sides").toString());
    assertEquals("classic", result.get("policy").asText());
    assertFalse(result.get("constant_weights").asBoolean(true));
    JsonNode second = root.get("results").get(1);
    assertEquals("tuned", second.get("policy").asText());
    assertTrue(second.get("constant_weights").asBoolean());
    assertEquals(6, second.get("time_us").asDouble());
    assertEquals(
        result.at("/peers/cublaslt_fp8_block_scaled/times_us"),
        second.at("/peers/cublaslt_fp8_block_scaled/times_us"));
    assertEquals(10, result.get("time_us").asDouble());
    assertEquals(2, result.at("/peers/cublaslt_fp8_block_scaled/over_ours").asDouble());
    assertEquals(0.002, result.get("relative_error").asDouble());
    assertEquals(1755, result.at("/device_state/sm_mhz/1").asDouble());
    assertEquals(612.5, result.at("/device_state/watts/1").asDouble());
    assertEquals(CEILINGS.floorMicros(SMALL), result.get("floor_us").asDouble());
  }

  @Test
  void roofline_hasOursAndThePeers() throws IOException {
    try (PeerProcess peer = peer()) {
      String svg = Roofline.of("Fake & co", CEILINGS, run(peer, List.of(SMALL, LARGE)));
      assertTrue(svg.startsWith("<svg") && svg.endsWith("</svg>\n"));
      assertEquals(4, svg.split("us</title>", -1).length - 1);
      assertTrue(svg.contains("Fake &amp; co"));
      assertFalse(svg.contains("NaN"));
    }
  }

  @Test
  void roofline_ofSeveralSides_showsTheLastWithoutConstantWeights_andSaysSo() {
    String svg =
        Roofline.of("Fake", CEILINGS, run(new Script(), ALL_SIDES, null, 1, List.of(SMALL)));
    assertTrue(svg.contains("<title>Fake, tuned</title>"), svg);
    assertTrue(svg.contains("fp8 64x4096x7168, ours: 8.00 us</title>"), svg);
    assertEquals(1, svg.split("us</title>", -1).length - 1);
  }

  @Test
  void samples_areThoseOfTheSpan_orTheClosest() {
    DeviceMonitor monitor = DeviceMonitor.none();
    for (int i = 0; i < 5; i++) {
      monitor.add(new DeviceMonitor.Sample(1000 + 250 * i, 1000 + i, 1, 1, 1));
    }
    assertEquals(2, monitor.between(1200, 1600).size());
    assertEquals(1002, monitor.between(1510, 1520).get(0).smMhz());
    assertTrue(DeviceMonitor.none().between(0, 1).isEmpty());
    assertTrue(DeviceMonitor.Sample.of("2026/11/23 07:00:00.250, 1755, 2619, [N/A], 61").isEmpty());
  }
}
