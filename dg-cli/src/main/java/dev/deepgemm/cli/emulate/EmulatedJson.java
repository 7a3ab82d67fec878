package dev.deepgemm.cli.emulate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.EmulatorReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code dg emulate} has to say, for machines: one object with the same fields whatever happened;
 * those that nobody knows are null. It grows while the run goes on, and is printed when it is over.
 */
final class EmulatedJson {
  /** How a run ended. */
  enum Outcome {
    /** The kernel never ran: its text, the launch or the arguments are wrong. */
    REFUSED,
    /** It ran and did something wrong. */
    FAULT,
    /** It came to its end. */
    ENDED
  }

  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private final ArrayNode findings;
  private final ArrayNode warnings;
  private final ArrayNode outputs;

  EmulatedJson(Path file, long seed) {
    outcome(Outcome.REFUSED);
    json.put("file", file.toString()).putNull("kernel");
    json.putNull("grid").putNull("threads").putNull("cluster").putNull("smem_bytes");
    json.put("seed", seed);
    json.putNull("instructions").putNull("wgmmas").putNull("copies").putNull("copied_bytes");
    json.putNull("elapsed_ms");
    findings = json.putArray("findings");
    warnings = json.putArray("warnings");
    outputs = json.putArray("outputs");
  }

  private void outcome(Outcome outcome) {
    json.put("outcome", outcome.name().toLowerCase(Locale.ROOT));
  }

  /** The kernel and its launch are known. */
  void launch(String kernel, LaunchPlan plan) {
    json.put("kernel", kernel);
    json.put("grid", plan.grid()).put("threads", plan.threads()).put("cluster", plan.cluster());
    json.put("smem_bytes", plan.smemBytes());
  }

  /** Something is wrong: before the run, in it, or when its outputs were written. */
  void failed(DeepGemmException e) {
    for (Problem problem : e.problems()) {
      findings.addObject().put("id", problem.id()).put("message", problem.message());
    }
  }

  /** It ran and did something wrong. */
  void fault() {
    outcome(Outcome.FAULT);
  }

  /** The kernel came to its end. */
  void ended(EmulatorReport report) {
    outcome(Outcome.ENDED);
    json.put("instructions", report.instructions()).put("wgmmas", report.wgmmas());
    json.put("copies", report.copies()).put("copied_bytes", report.copiedBytes());
    json.put("elapsed_ms", report.elapsed().toNanos() / 1e6);
    report.warnings().forEach(warnings::add);
  }

  /** The buffers that have a file are written. */
  void written(List<EmulatedBuffer> buffers, DeviceMemory memory) {
    for (EmulatedBuffer buffer : buffers) {
      @Nullable Path out = buffer.out();
      if (out != null) {
        outputs
            .addObject()
            .put("file", out.toString())
            .put("bytes", buffer.bytes())
            .put("never_written", memory.undefined(buffer.address(), buffer.bytes()));
      }
    }
  }

  @Override
  public String toString() {
    return json.toPrettyString();
  }
}
