package dev.deepgemm.measure.sweep;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.reference.GemmError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one launch.
 *
 * @param error against the reference, over every element; null if there was no launch
 * @param problems what is wrong; empty if nothing is
 */
public record SweepResult(SweepCase launch, @Nullable GemmError error, List<String> problems) {
  public SweepResult {
    problems = List.copyOf(problems);
  }

  public boolean passed() {
    return problems.isEmpty();
  }

  public ObjectNode json() {
    GemmConfig config = launch.config();
    KernelSpec kernel = config.kernel();
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("kernel", kernel.id())
            .put("m", config.desc().m())
            .put("n", config.desc().n())
            .put("k", config.desc().k())
            .put("block_m", kernel.tile().m())
            .put("block_n", kernel.tile().n())
            .put("num_stages", kernel.stages())
            .put("multicast", kernel.multicast().name())
            .put("num_sms", config.numSms())
            .put("relative_error", error == null ? null : error.relative())
            .put("worst_element_error", error == null ? null : error.worst())
            .put("passed", passed());
    problems.forEach(json.putArray("problems")::add);
    return json;
  }
}
