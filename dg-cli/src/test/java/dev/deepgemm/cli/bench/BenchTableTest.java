package dev.deepgemm.cli.bench;

import static dev.deepgemm.cli.bench.BenchResults.CEILINGS;
import static dev.deepgemm.cli.bench.BenchResults.CLASSIC;
import static dev.deepgemm.cli.bench.BenchResults.CLASSIC_CONSTANT;
import static dev.deepgemm.cli.bench.BenchResults.LARGE;
import static dev.deepgemm.cli.bench.BenchResults.SMALL;
import static dev.deepgemm.cli.bench.BenchResults.TUNED;
import static dev.deepgemm.cli.bench.BenchResults.TUNED_CONSTANT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchResult;
import dev.deepgemm.measure.bench.BenchShape;
import dev.deepgemm.measure.bench.DeviceMonitor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is made of measurements: tables and JSON. */
class BenchTableTest {
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

  @Test
  void table_hasRatiosByRows() {
    String text =
        table(
            List.of(
                new BenchResults(CLASSIC, SMALL).micros(10).peer(20).get(),
                new BenchResults(CLASSIC, LARGE).micros(10).peer(20).get()));
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
    BenchCase sixteen = new BenchCase(BenchKind.BF16, new BenchShape(16, 2112, 7168));
    String text =
        table(
            List.of(
                new BenchResults(CLASSIC, SMALL).micros(10).get(),
                new BenchResults(TUNED, SMALL).micros(8).get(),
                new BenchResults(CLASSIC, LARGE).micros(10).get(),
                new BenchResults(TUNED, LARGE).micros(12.5).get(),
                new BenchResults(CLASSIC, sixteen).micros(10).get(),
                new BenchResults(TUNED, sixteen).micros(10).get()));
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
  void table_givesAWrongResultNoSpeed_andCountsIt() {
    BenchResult wrong =
        new BenchResults(TUNED, SMALL).micros(8).problem("the result is out of tolerance").get();
    String text =
        table(
            List.of(
                new BenchResults(CLASSIC, SMALL).micros(10).get(),
                wrong,
                new BenchResults(CLASSIC_CONSTANT, SMALL).micros(8).get(),
                new BenchResults(TUNED_CONSTANT, SMALL).micros(6).get()));
    assertEquals(List.of("-", "-", "-", "-", "-", "-"), line(text, "tuned: fp8"));
    assertEquals("1.250", line(text, "classic, constant weights: fp8").get(5));
    assertFalse(text.contains("tuned: slowest"), text);
    assertTrue(text.contains("WRONG: the result is out of tolerance"), text);
    assertTrue(text.contains("1 of 4 results of 4 sides FAILED"), text);
    assertTrue(table(List.of(wrong)).contains("1 of 1 products FAILED"));
  }

  @Test
  void json_holdsWhatAnotherRunIsComparedWith() throws IOException {
    DeviceInfo device =
        DeviceInfo.builder(0, "Fake", new ComputeCapability(9, 0))
            .sms(132)
            .memoryBytes(1L << 36)
            .l2Bytes(50 << 20)
            .smemPerBlock(232_448)
            .clockKhz(1_980_000)
            .memoryClockKhz(2_619_000)
            .versions("999.01", "13.0")
            .build();
    DeviceMonitor monitor = DeviceMonitor.none();
    monitor.add(
        DeviceMonitor.Sample.of("2026/11/23 07:00:00.250, 1755, 2619, 612.5, 61").orElseThrow());
    List<BenchResult> results =
        List.of(
            new BenchResults(CLASSIC, SMALL).micros(10).peer(20).get(),
            new BenchResults(TUNED_CONSTANT, SMALL).micros(6).peer(20).get());
    ObjectMapper mapper = new ObjectMapper();
    BenchReport report =
        new BenchReport(
            device, CEILINGS, "abc", mapper.createObjectNode().put("peer", "shell"), 7, results);
    JsonNode root = mapper.readTree(report.json(monitor));
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
}
