package dev.deepgemm.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.cli.config.ConfigJson;
import dev.deepgemm.cli.distribution.Version;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.measure.JsonText;
import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchResult;
import dev.deepgemm.measure.bench.BenchResult.Measured;
import dev.deepgemm.measure.bench.BenchSide;
import dev.deepgemm.measure.bench.Ceilings;
import dev.deepgemm.measure.bench.DeviceMonitor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A bench as JSON: everything that another run has to be compared with, single times included.
 *
 * @param device what it ran on
 * @param ceilings its limits
 * @param commit of the sources
 * @param peer what the peers are; null without
 * @param seed of the inputs
 * @param results of the products, side by side
 */
record BenchReport(
    DeviceInfo device,
    Ceilings ceilings,
    String commit,
    @Nullable JsonNode peer,
    long seed,
    List<BenchResult> results) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  BenchReport {
    results = List.copyOf(results);
  }

  /** Clocks and power are those of the monitor while a product was measured. */
  String json(DeviceMonitor monitor) {
    ObjectNode root = JSON.objectNode();
    root.put("measurement", "gemm");
    root.put("device", device.name()).put("sms", device.sms());
    root.put("memory_bytes", device.memoryBytes()).put("l2_bytes", device.l2Bytes());
    root.put("driver", device.driverVersion()).put("cuda", device.cudaVersion());
    root.put("max_sm_mhz", device.clockKhz() / 1000);
    root.put("copy_bytes_per_second", ceilings.bytesPerSecond());
    root.put("floor_peak_fp8", ceilings.fp8()).put("floor_peak_bf16", ceilings.bf16());
    root.put("commit", commit).put("version", Version.text());
    root.put("java", Runtime.version().toString()).put("seed", seed);
    root.put(
        "inputs",
        "elements normal, FP8 with sigma 448/3; scales log-uniform over two decades around 1/448;"
            + " outputs poisoned, or C, normal, where the product is added to it");
    root.put(
        "method",
        "CUDA graph of launches that rotates over input sets of more than 250 MB and 4 L2 caches;"
            + " replays after 50 ms of warm-up; ours and peers in turn; time_us is the median");
    root.set("peer", peer == null ? JSON.nullNode() : peer);
    ArrayNode sides = root.putArray("sides");
    BenchSide.of(results).forEach(side -> sides.add(side.name()));
    ArrayNode all = root.putArray("results");
    for (BenchResult result : results) {
      all.add(json(result, monitor));
    }
    return JsonText.of(root);
  }

  private ObjectNode json(BenchResult result, DeviceMonitor monitor) {
    BenchCase one = result.product();
    ObjectNode json = JSON.objectNode();
    json.put("dtype", one.kind().word());
    json.put("m", one.shape().m()).put("n", one.shape().n()).put("k", one.shape().k());
    json.put("policy", result.side().policyName());
    json.put("constant_weights", result.side().constantWeights());
    Measured measured = result.measured();
    if (measured != null) {
      json.put("kernel", measured.config().kernel().id());
      json.set("config", ConfigJson.config(measured.config()));
      json.put("cache", measured.prepared().cache());
      json.put("assembler", measured.prepared().assembler());
      json.put("compile_ms", measured.prepared().compileMillis());
      json.put("relative_error", measured.error().relative());
      json.put("tolerance", measured.tolerance().relative());
      json.put("worst_element_error", measured.error().worst());
      json.put("input_sets", measured.sets()).put("launches", measured.launches());
    }
    double floor = ceilings.floorMicros(one);
    json.put("floor_us", floor);
    result
        .median()
        .ifPresent(
            micros -> {
              json.put("time_us", micros);
              json.put("tflops", one.flops() / micros / 1e6);
              json.put("over_floor", micros / floor);
              times(json, result.micros());
            });
    peers(json.putObject("peers"), result);
    device(json.putObject("device_state"), monitor.between(result.fromMillis(), result.toMillis()));
    json.put("passed", result.passed());
    result.problems().forEach(json.putArray("problems")::add);
    return json;
  }

  private static void peers(ObjectNode json, BenchResult result) {
    result
        .peers()
        .forEach(
            (name, peer) -> {
              ObjectNode node = json.putObject(name);
              peer.median().ifPresent(micros -> node.put("time_us", micros));
              result.speedup(name).ifPresent(ratio -> node.put("over_ours", ratio));
              if (peer.note() != null) {
                node.put("note", peer.note());
              }
              times(node, peer.micros());
            });
  }

  private static void times(ObjectNode json, List<Double> micros) {
    ArrayNode array = json.putArray("times_us");
    micros.forEach(value -> array.add(Math.round(value * 1000) / 1000.0));
  }

  private static void device(ObjectNode json, List<DeviceMonitor.Sample> samples) {
    json.put("samples", samples.size());
    if (!samples.isEmpty()) {
      range(json, "sm_mhz", samples, DeviceMonitor.Sample::smMhz);
      range(json, "memory_mhz", samples, DeviceMonitor.Sample::memoryMhz);
      range(json, "watts", samples, DeviceMonitor.Sample::watts);
      range(json, "celsius", samples, DeviceMonitor.Sample::celsius);
    }
  }

  private static void range(
      ObjectNode json,
      String name,
      List<DeviceMonitor.Sample> samples,
      ToDoubleFunction<DeviceMonitor.Sample> figure) {
    List<Double> values = new ArrayList<>();
    samples.forEach(sample -> values.add(figure.applyAsDouble(sample)));
    Percentiles spread = Percentiles.of(values);
    json.putArray(name).add(spread.at(0)).add(spread.median()).add(spread.max());
  }
}
