package dev.deepgemm.measure.tune;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.tune.TuneResult.Measured;
import dev.deepgemm.workloads.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The file that a tuning run writes: a head, and one record per line for each candidate that was tried.
 *
 * <p>It is written anew after every problem, and a run can go on from it: {@link #read} says which
 * problems are done and which kernels failed.
 */
public final class TuneReport {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ObjectNode head;
  private final List<ObjectNode> records = new ArrayList<>();
  private final Set<String> done = new HashSet<>();

  /**
   * @param commit of the sources
   * @param version of the command
   */
  public TuneReport(
      DeviceInfo device, String commit, String version, TuneProblem.Choice choice, long seed) {
    head = JSON.objectNode();
    head.put("measurement", "tune");
    head.put("device", device.name()).put("sms", device.sms());
    head.put("memory_bytes", device.memoryBytes()).put("l2_bytes", device.l2Bytes());
    head.put("driver", device.driverVersion()).put("cuda", device.cudaVersion());
    head.put("commit", commit).put("version", version);
    head.put("java", Runtime.version().toString()).put("seed", seed);
    head.put("top", choice.top()).put("explore", choice.explore());
    head.put(
        "method",
        "CUDA graph of launches that rotates over input sets of more than 250 MB and 4 L2 caches;"
            + " us is the median of the replays, or the better of two for candidates that a quick"
            + " look showed to be slow");
  }

  /** Adds what an earlier run wrote, as far as it is complete, and the kernels that failed in it. */
  public void read(Path file) throws IOException {
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    root.path("done").forEach(product -> done.add(product.asText()));
    for (JsonNode node : root.path("records")) {
      boolean failed = node.has("problem");
      if (node instanceof ObjectNode kept && (failed || done.contains(product(node)))) {
        records.add(kept);
      }
    }
  }

  private static String product(JsonNode node) {
    return node.path("dtype").asText()
        + " "
        + node.path("m").asInt()
        + "x"
        + node.path("n").asInt()
        + "x"
        + node.path("k").asInt();
  }

  public boolean isDone(BenchCase product) {
    return done.contains(product.toString());
  }

  /** Kernels that failed on a product before. */
  public Set<String> failed(BenchCase product) {
    Set<String> failed = new HashSet<>();
    for (ObjectNode node : records) {
      if (node.has("problem") && product(node).equals(product.toString())) {
        failed.add(node.path("kernel").asText());
      }
    }
    return failed;
  }

  public void add(TuneResult result) {
    BenchCase product = result.problem().product();
    if (result.complete()) {
      done.add(product.toString());
    }
    boolean classic = true;
    for (Measured one : result.measured()) {
      records.add(record(product, one, classic));
      classic = false;
    }
  }

  private static ObjectNode record(BenchCase product, Measured one, boolean classic) {
    GemmConfig config = one.config();
    KernelSpec kernel = config.kernel();
    ObjectNode json = JSON.objectNode();
    json.put("dtype", product.kind().word());
    json.put("m", product.shape().m()).put("n", product.shape().n()).put("k", product.shape().k());
    json.put("kernel", kernel.id());
    json.put("block_m", kernel.tile().m()).put("block_n", kernel.tile().n());
    json.put("stages", kernel.stages()).put("multicast", kernel.multicast().name());
    json.put("math_threads", kernel.threads().of(ThreadRoles.MATH))
        .put("threads", kernel.threads().total());
    json.put("split_k", kernel.splitK()).put("num_sms", config.numSms());
    json.put("classic", classic);
    if (Double.isFinite(one.micros())) {
      json.put("us", Math.round(one.micros() * 1000) / 1000.0).put("replays", one.replays());
    }
    if (one.problem() != null) {
      json.put("problem", one.problem());
    }
    return json;
  }

  public void write(Path file) {
    StringBuilder text = new StringBuilder("{\n");
    head.fields()
        .forEachRemaining(
            field ->
                text.append("  ")
                    .append(JSON.textNode(field.getKey()))
                    .append(": ")
                    .append(field.getValue())
                    .append(",\n"));
    text.append("  \"done\": [");
    text.append(String.join(", ", done.stream().sorted().map(one -> "\"" + one + "\"").toList()));
    text.append("],\n  \"records\": [\n");
    text.append(String.join(",\n", records.stream().map(node -> "    " + node).toList()));
    text.append("\n  ]\n}\n");
    AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Whether there is something to go on from. */
  public static boolean exists(Path file) {
    return Files.isRegularFile(file);
  }
}
