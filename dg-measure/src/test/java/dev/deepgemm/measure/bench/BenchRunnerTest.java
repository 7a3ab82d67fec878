package dev.deepgemm.measure.bench;

import static dev.deepgemm.measure.bench.ScriptedBench.ALL_SIDES;
import static dev.deepgemm.measure.bench.ScriptedBench.CLASSIC;
import static dev.deepgemm.measure.bench.ScriptedBench.LARGE;
import static dev.deepgemm.measure.bench.ScriptedBench.SMALL;
import static dev.deepgemm.measure.bench.ScriptedBench.TUNED;
import static dev.deepgemm.measure.bench.ScriptedBench.TUNED_CONSTANT;
import static dev.deepgemm.measure.bench.ScriptedBench.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Problem;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.testkit.doubles.FailingDriver;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of measurements, with scripted times. */
class BenchRunnerTest {
  @TempDir Path folder;

  private final List<String> calls = new ArrayList<>();

  private List<String> timed() {
    return calls.stream().filter(call -> call.startsWith("time")).toList();
  }

  @Test
  void products_areTimedInTurn_andTheMedianCounts() throws IOException {
    try (PeerProcess peer = peer(folder)) {
      List<BenchResult> results =
          new ScriptedBench(calls).run(List.of(CLASSIC), peer, 2, List.of(SMALL, LARGE));
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
    new ScriptedBench(calls).run(List.of(CLASSIC, TUNED, TUNED_CONSTANT), null, 3, List.of(SMALL));
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
    try (PeerProcess peer = peer(folder)) {
      List<BenchResult> results =
          new ScriptedBench(calls).run(ALL_SIDES, peer, 2, List.of(SMALL, LARGE));
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
    ScriptedBench script = new ScriptedBench(calls);
    script.sameConfig.add(SMALL);
    List<BenchResult> results =
        script.run(List.of(CLASSIC, TUNED, TUNED_CONSTANT), null, 1, List.of(SMALL));
    assertEquals(List.of("time classic 3", "time classic, constant weights 3"), timed());
    assertEquals(List.of(10.0, 9.0, 12.0), results.get(0).micros());
    assertEquals(results.get(0).micros(), results.get(1).micros());
    assertEquals(results.get(0).measured(), results.get(1).measured());
    assertEquals(8, results.get(2).median().orElseThrow(), "constant weights are another launch");
  }

  @Test
  void side_thatIsWrong_isItsOwnResultOnly() {
    ScriptedBench script =
        new ScriptedBench(calls) {
          @Override
          List<String> problems(String trial) {
            return trial.equals("tuned") ? List.of("the result is out of tolerance") : List.of();
          }
        };
    List<BenchResult> results = script.run(ALL_SIDES, null, 1, List.of(SMALL));
    assertEquals(
        List.of(true, false, true, true), results.stream().map(BenchResult::passed).toList());
  }

  @Test
  void side_thatFails_leavesTheTurnToTheOthers() {
    ScriptedBench script =
        new ScriptedBench(calls) {
          @Override
          void before(String call) {
            if (call.equals("time classic 3") || call.equals("check tuned, constant weights")) {
              throw new InputException(Problem.of("DG-BENCH-99", call));
            }
          }
        };
    List<BenchResult> results = script.run(ALL_SIDES, null, 2, List.of(SMALL));
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
    ScriptedBench script =
        new ScriptedBench(calls) {
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
    try (Gpu gpu = Gpu.open(driver.simulated(), OptionalInt.empty())) {
      driver.failAt(FailingDriver.Operation.ALLOCATE, 1, FailingDriver.Fault.OUT_OF_MEMORY);
      gpu.allocate(16);
    }
  }

  @Test
  void failure_isToldAndDoesNotStopTheOthers() {
    ScriptedBench script =
        new ScriptedBench(calls) {
          @Override
          void before(String call) {
            if (call.equals("open " + SMALL)) {
              throw new InputException(Problem.of("DG-BENCH-99", "no such thing"));
            }
          }

          @Override
          List<String> problems(String trial) {
            return List.of("the result is out of tolerance");
          }
        };
    List<BenchResult> results = script.run(List.of(CLASSIC), null, 1, List.of(SMALL, LARGE));
    assertTrue(results.get(0).problems().get(0).contains("DG-BENCH-99"));
    assertFalse(results.get(1).passed());
  }

  @Test
  void checkOnly_timesNothing() {
    List<BenchResult> results =
        new ScriptedBench(calls).run(List.of(CLASSIC, TUNED), null, 0, List.of(SMALL));
    assertEquals(List.of(), timed());
    assertTrue(calls.containsAll(List.of("check classic", "check tuned", "close")));
    assertTrue(results.get(0).median().isEmpty() && results.get(0).passed());
  }
}
