package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.DeviceInfo;
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
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of measurements and what is made of them, with scripted times. */
class BenchRunnerTest {
  private static final Ceilings CEILINGS = Ceilings.of(4e12);

  @TempDir Path folder;

  private final List<String> calls = new ArrayList<>();

  /** Takes 10 us for every product. */
  private final class Scripted implements BenchSubject {
    private final BenchCase one;
    private final List<String> problems;

    Scripted(BenchCase one, List<String> problems) {
      this.one = one;
      this.problems = problems;
      calls.add("open " + one);
    }

    @Override
    public GemmConfig config() {
      return ConfigSelector.create(Options.defaults()).select(new Sm90Spec(), one.desc());
    }

    @Override
    public Machine.Prepared prepared() {
      return new Machine.Prepared("disk", 1, 2, 3, "ptxas 13", Optional.empty());
    }

    @Override
    public GemmError error() {
      return new GemmError(1, 250_000, 0.5, 1, 2);
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
    public double[] time(int replays) {
      calls.add("time " + replays);
      return new double[] {10, 9, 12};
    }

    @Override
    public List<String> problems() {
      return problems;
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }

  private static final BenchCase SMALL =
      new BenchCase(BenchKind.FP8, new BenchShape(64, 4096, 7168));
  private static final BenchCase LARGE =
      new BenchCase(BenchKind.FP8, new BenchShape(4096, 4096, 7168));

  private List<BenchResult> run(PeerProcess peer, List<BenchCase> products) {
    List<BenchResult> results = new ArrayList<>();
    new BenchRunner(one -> new Scripted(one, List.of()), peer, 2, 3).run(products, results::add);
    return results;
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
              "time 3",
              "time 3",
              "close",
              "open " + LARGE,
              "time 3",
              "time 3",
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
  void table_hasRatiosByRows() throws IOException {
    StringWriter text = new StringWriter();
    try (PeerProcess peer = peer()) {
      new BenchTable(CEILINGS, run(peer, List.of(SMALL, LARGE))).print(new PrintWriter(text));
    }
    String row =
        text.toString()
            .lines()
            .filter(line -> line.startsWith("speed against cublaslt_fp8_block_scaled"))
            .findFirst()
            .orElseThrow();
    assertEquals(
        List.of("-", "-", "2.000", "-", "2.000", "2.000"),
        List.of(row.substring(row.indexOf("scaled") + 6).strip().split(" +")));
    assertTrue(text.toString().contains("2 products, all within tolerance"), text.toString());
    assertTrue(text.toString().contains("20.00 (2.00)  n/a"), text.toString());
  }

  @Test
  void failure_isToldAndDoesNotStopTheOthers() {
    List<BenchResult> results = new ArrayList<>();
    BenchSubject.Source source =
        one -> {
          if (one == SMALL) {
            throw new CliException(Problem.of("DG-BENCH-99", "no such thing"));
          }
          return new Scripted(one, List.of("the result is out of tolerance"));
        };
    new BenchRunner(source, null, 1, 3).run(List.of(SMALL, LARGE), results::add);
    assertTrue(results.get(0).problems().get(0).contains("DG-BENCH-99"));
    assertFalse(results.get(1).passed());
    StringWriter text = new StringWriter();
    new BenchTable(CEILINGS, results).print(new PrintWriter(text));
    assertTrue(text.toString().contains("2 of 2 products FAILED"), text.toString());
  }

  @Test
  void checkOnly_timesNothing() {
    List<BenchResult> results = new ArrayList<>();
    new BenchRunner(one -> new Scripted(one, List.of()), null, 0, 3)
        .run(List.of(SMALL), results::add);
    assertEquals(List.of("open " + SMALL, "close"), calls);
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
      List<BenchResult> results = run(peer, List.of(SMALL));
      BenchReport report = new BenchReport(device, CEILINGS, "abc", peer.about(), 7, results);
      root = new ObjectMapper().readTree(report.json(monitor));
    }
    assertEquals("abc", root.get("commit").asText());
    assertEquals("shell", root.get("peer").get("peer").asText());
    JsonNode result = root.get("results").get(0);
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
