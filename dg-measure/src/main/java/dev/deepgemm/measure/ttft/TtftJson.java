package dev.deepgemm.measure.ttft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.ttft.TtftCall.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Replays as JSON: the form of benchmark/results, and what a replay's process hands back. */
public final class TtftJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private TtftJson() {}

  /** A run with its figures, and with its calls as columns. */
  public static ObjectNode of(TtftRun run) {
    ObjectNode root = JSON.objectNode();
    root.put("switch", run.minimize()).put("cache", run.cache().toString());
    root.put("compiles", run.compiles()).put("loads", run.loads()).put("stalls", run.stalls());
    figures(root.putObject("first_calls_us"), run.first());
    figures(root.putObject("all_calls_us"), run.all());
    figures(root.putObject("second_replay_us"), run.steady());
    columns(root.putObject("calls"), run.calls());
    columns(root.putObject("again"), run.again());
    return root;
  }

  private static void figures(ObjectNode node, Percentiles micros) {
    node.put("count", micros.count());
    node.put("p50", tenth(micros.median()));
    node.put("p99", tenth(micros.at(99)));
    node.put("max", tenth(micros.max()));
  }

  private static void columns(ObjectNode node, List<TtftCall> calls) {
    ArrayNode m = node.putArray("m");
    ArrayNode product = node.putArray("product");
    ArrayNode micros = node.putArray("us");
    ArrayNode origin = node.putArray("origin");
    for (TtftCall call : calls) {
      m.add(call.m());
      product.add(call.product());
      micros.add(tenth(call.micros()));
      origin.add(call.origin().name().toLowerCase(Locale.ROOT));
    }
  }

  private static double tenth(double micros) {
    return Math.round(micros * 10) / 10.0;
  }

  /** The run that {@link #of} wrote. */
  public static TtftRun run(JsonNode node) {
    return new TtftRun(
        node.get("switch").asText(),
        TtftRun.Cache.valueOf(node.get("cache").asText().toUpperCase(Locale.ROOT)),
        calls(node.get("calls")),
        calls(node.get("again")));
  }

  private static List<TtftCall> calls(JsonNode columns) {
    List<TtftCall> calls = new ArrayList<>();
    for (int i = 0; i < columns.get("us").size(); i++) {
      calls.add(
          new TtftCall(
              columns.get("m").get(i).asInt(),
              columns.get("product").get(i).asInt(),
              columns.get("us").get(i).asDouble(),
              Origin.valueOf(columns.get("origin").get(i).asText().toUpperCase(Locale.ROOT))));
    }
    return calls;
  }
}
