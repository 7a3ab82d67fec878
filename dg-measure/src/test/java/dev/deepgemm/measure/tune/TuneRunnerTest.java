package dev.deepgemm.measure.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchShape;
import dev.deepgemm.measure.tune.TuneResult.Measured;
import dev.deepgemm.sm90.Sm90Spec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is measured, in which order, and what a bad candidate costs; with scripted times. */
class TuneRunnerTest {
  private static final DeviceInfo DEVICE =
      DeviceInfo.builder(0, "Fake", new ComputeCapability(9, 0))
          .sms(132)
          .memoryBytes(1L << 36)
          .l2Bytes(50 << 20)
          .smemPerBlock(232_448)
          .clockKhz(1_980_000)
          .memoryClockKhz(2_619_000)
          .versions("999.01", "13.0")
          .build();
  private static final TuneProblem.Choice CHOICE = new TuneProblem.Choice(6, 3, 1);

  @TempDir Path folder;

  private final Map<String, Double> micros = new HashMap<>();
  private final Map<String, RuntimeException> failing = new HashMap<>();
  private final Set<String> wrong = new HashSet<>();
  private final Set<String> hanging = new HashSet<>();
  private final List<String> asked = new ArrayList<>();
  private final List<TuneResult> results = new ArrayList<>();
  private boolean broken;

  private static TuneProblem problem(int m) {
    BenchCase one = new BenchCase(BenchKind.FP8, new BenchShape(m, 4096, 7168));
    return CHOICE.of(new Sm90Spec(), 132, one, Options.defaults());
  }

  private final class Scripted implements TuneSubject {
    private String last = "";

    @Override
    public Map<String, String> load(List<GemmConfig> configs) {
      return Map.of();
    }

    @Override
    public Trial open(GemmConfig config) {
      last = config.kernel().id();
      return new Trial() {
        @Override
        public double[] time(int replays) {
          String id = config.kernel().id();
          asked.add(id + " " + replays);
          if (failing.containsKey(id)) {
            broken = failing.get(id) instanceof DeviceGone;
            throw failing.get(id);
          }
          if (hanging.contains(id)) {
            await(new CountDownLatch(1));
          }
          double time = micros.getOrDefault(id, 50.0);
          double[] times = new double[replays];
          java.util.Arrays.fill(times, time);
          return times;
        }

        @Override
        public double[] settledTime(int replays) {
          return time(replays);
        }

        @Override
        public double difference() {
          return wrong.contains(config.kernel().id()) ? Double.NaN : 1e-3;
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public boolean heats() {
      return false;
    }

    @Override
    public void keepAsReference() {
      asked.add("reference " + last);
    }

    @Override
    public boolean alive() {
      return !broken;
    }

    @Override
    public void close() {
      asked.add("close");
    }
  }

  private static final class DeviceGone extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final TuneRunner.Finals FINALS = new TuneRunner.Finals(4, 3);

  private boolean run(List<TuneProblem> problems) {
    return new TuneRunner(problem -> new Scripted(), FINALS, Duration.ofMillis(500), () -> false)
        .run(problems, results::add);
  }

  private static String id(TuneProblem problem, int candidate) {
    return problem.candidates().get(candidate).kernel().id();
  }

  @Test
  void candidates_areTheClassicChoice_theMostPromising_andSomeOthers_allDifferent() {
    TuneProblem problem = problem(64);
    assertEquals(10, problem.candidates().size());
    Set<String> ids =
        problem.candidates().stream().map(one -> one.kernel().id()).collect(Collectors.toSet());
    assertEquals(10, ids.size());
    assertTrue(problem.space() > 100, "space " + problem.space());
    assertEquals(problem, problem(64), "the seed decides");
  }

  @Test
  void slowCandidates_getALook_theOthersANumber_andTheBestAreMeasuredAgain() {
    TuneProblem problem = problem(64);
    micros.put(id(problem, 0), 20.0);
    micros.put(id(problem, 3), 10.0);
    micros.put(id(problem, 5), 12.0);
    assertTrue(run(List.of(problem)));
    TuneResult result = results.get(0);
    assertTrue(result.complete());
    assertEquals(id(problem, 3), result.best().orElseThrow().config().kernel().id());
    assertEquals(20, result.classic().orElseThrow().micros());
    assertEquals(9, result.best().orElseThrow().replays());
    assertEquals(9, result.classic().orElseThrow().replays());
    assertEquals("reference " + id(problem, 0), asked.get(1));
    assertEquals(2, result.measured().get(1).replays());
    assertEquals(1, asked.stream().filter((id(problem, 9) + " 2")::equals).count());
    assertEquals("close", asked.get(asked.size() - 1));
  }

  @Test
  void finals_areAsLongAsWanted() {
    TuneProblem problem = problem(64);
    for (int i = 0; i < 10; i++) {
      micros.put(id(problem, i), 50.0 + i);
    }
    new TuneRunner(
            one -> new Scripted(), new TuneRunner.Finals(2, 5), Duration.ofSeconds(5), () -> false)
        .run(List.of(problem), results::add);
    List<Integer> replays = results.get(0).measured().stream().map(Measured::replays).toList();
    assertEquals(List.of(15, 15, 3, 3, 3, 3, 3, 3, 3, 3), replays);
  }

  @Test
  void wrongResult_isNotChosenBecauseItIsFast() {
    TuneProblem problem = problem(64);
    micros.put(id(problem, 2), 1.0);
    wrong.add(id(problem, 2));
    run(List.of(problem));
    Measured bad = results.get(0).measured().get(2);
    assertFalse(bad.passed());
    assertEquals(50, results.get(0).best().orElseThrow().micros());
  }

  @Test
  void failure_costsOneRecord() {
    TuneProblem first = problem(64);
    TuneProblem second = problem(16);
    failing.put(id(first, 4), new IllegalStateException("no such luck"));
    assertTrue(run(List.of(first, second)));
    assertEquals(10, results.get(0).measured().size());
    assertTrue(results.get(0).measured().get(4).problem().contains("no such luck"));
    assertEquals(9, results.get(0).measured().stream().filter(Measured::passed).count());
    assertTrue(results.get(1).complete());
  }

  @Test
  void hang_losesTheDevice_afterAllThatIsKnownWasHandedOver() {
    TuneProblem problem = problem(64);
    hanging.add(id(problem, 4));
    assertThrows(TuneRunner.Lost.class, () -> run(List.of(problem, problem(16))));
    assertEquals(1, results.size());
    assertEquals(5, results.get(0).measured().size());
    assertTrue(results.get(0).measured().get(4).problem().contains("hangs"));
    assertFalse(results.get(0).complete());
  }

  @Test
  void classicThatFails_leavesNothingToCompareWith_andTheNextProblemIsMeasured() {
    TuneProblem first = problem(64);
    failing.put(id(first, 0), new IllegalStateException("not today"));
    assertTrue(run(List.of(first, problem(16))));
    assertEquals(1, results.get(0).measured().size());
    assertTrue(results.get(0).best().isEmpty());
    assertEquals(10, results.get(1).measured().size());
  }

  @Test
  void time_cutsTheEndOfTheList() {
    AtomicInteger left = new AtomicInteger(40);
    List<TuneProblem> problems = List.of(problem(64), problem(16), problem(128));
    boolean whole =
        new TuneRunner(
                problem -> new Scripted(),
                FINALS,
                Duration.ofSeconds(5),
                () -> left.decrementAndGet() < 0)
            .run(problems, results::add);
    assertFalse(whole);
    assertEquals(2, results.size());
    assertTrue(results.get(0).complete());
    assertFalse(results.get(1).complete());
  }

  @Test
  void report_canBeGoneOnFrom() throws IOException {
    TuneProblem first = problem(64);
    TuneProblem second = problem(16);
    failing.put(id(first, 4), new IllegalStateException("no such luck"));
    hanging.add(id(second, 3));
    TuneReport report = new TuneReport(DEVICE, "abc", "1.0", CHOICE, 1);
    assertThrows(TuneRunner.Lost.class, () -> run(List.of(first, second)));
    results.forEach(report::add);
    Path file = folder.resolve("tune.json");
    report.write(file);

    JsonNode root = new ObjectMapper().readTree(file.toFile());
    assertEquals("Fake", root.get("device").asText());
    assertEquals(14, root.get("records").size());
    JsonNode record = root.get("records").get(1);
    assertEquals(64, record.get("m").asInt());
    assertEquals(50, record.get("us").asDouble());
    assertEquals(first.candidates().get(1).kernel().stages(), record.get("stages").asInt());
    assertEquals(1, record.get("split_k").asInt() >= 1 ? 1 : 0);

    TuneReport next = new TuneReport(DEVICE, "abc", "1.0", CHOICE, 1);
    next.read(file);
    assertTrue(next.isDone(first.product()));
    assertFalse(next.isDone(second.product()));
    assertEquals(Set.of(id(second, 3)), next.failed(second.product()));
    assertEquals(9, second.without(next.failed(second.product())).candidates().size());
    hanging.clear();
    results.clear();
    run(List.of(second.without(next.failed(second.product()))));
    results.forEach(next::add);
    next.write(file);
    JsonNode whole = new ObjectMapper().readTree(file.toFile());
    assertEquals(20, whole.get("records").size());
    assertEquals(2, whole.get("done").size());
  }
}
