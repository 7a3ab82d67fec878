package dev.deepgemm.cli.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.heuristics.CostModel.Cost;
import dev.deepgemm.heuristics.Explanation;
import dev.deepgemm.heuristics.Explanation.MulticastCandidate;
import dev.deepgemm.heuristics.Explanation.Prediction;
import dev.deepgemm.heuristics.Explanation.StagesCandidate;
import dev.deepgemm.heuristics.Explanation.TileCandidate;
import dev.deepgemm.spi.Tuning;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A configuration as JSON; the names are those of the columns of a batch. */
public final class ConfigJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ConfigJson() {}

  /** The problem. */
  public static ObjectNode problem(GemmDesc desc) {
    return JSON.objectNode()
        .put("gemm_type", desc.kind().name())
        .put("kernel_type", desc.scaling().deepGemmName())
        .put("m", desc.m())
        .put("n", desc.n())
        .put("k", desc.k())
        .put("num_groups", desc.groups())
        .put("major_a", desc.majorA().name())
        .put("major_b", desc.majorB().name())
        .put("ab_dtype", desc.aType().name())
        .put("cd_dtype", desc.dType().name())
        .put("with_accumulation", desc.accumulate())
        .put("num_sms", desc.smLimit());
  }

  /** The answer. */
  public static ObjectNode config(GemmConfig config) {
    KernelSpec kernel = config.kernel();
    ThreadColumns threads = ThreadColumns.of(kernel.threads());
    return JSON.objectNode()
        .put("block_m", kernel.tile().m())
        .put("block_n", kernel.tile().n())
        .put("block_k", kernel.tile().k())
        .put("num_stages", kernel.stages())
        .put("num_last_stages", config.numLastStages())
        .put("num_sms_used", config.numSms())
        .put("num_multicast", kernel.multicast().ctas())
        .put("multicast_on_a", kernel.multicast() == Multicast.ON_A)
        .put("smem_size", config.smemBytes())
        .put("swizzle_a", kernel.swizzles().a())
        .put("swizzle_b", kernel.swizzles().b())
        .put("swizzle_cd", kernel.swizzles().d())
        .put("num_threads", kernel.threads().total())
        .put("num_tma_threads", threads.tma())
        .put("num_math_threads", threads.math())
        .put("num_non_epilogue_threads", threads.nonEpilogue())
        .put("num_epilogue_threads", threads.epilogue())
        .put("split_k", kernel.splitK());
  }

  /**
   * Everything about one selection.
   *
   * @param why whether to list the candidates
   */
  public static ObjectNode of(Explanation explanation, boolean why) {
    GemmConfig config = explanation.config();
    ObjectNode root = JSON.objectNode().put("arch", config.kernel().arch());
    root.put("heuristics", explanation.heuristics().name().toLowerCase(Locale.ROOT));
    root.put("minimize", explanation.minimizesSms());
    root.set("problem", problem(config.desc()));
    root.put("kernel", config.kernel().id());
    root.set("config", config(config));
    root.set("smem_parts", smemParts(config.smem()));
    root.put("blocks", explanation.winner().blocks());
    root.put("waves", explanation.winner().waves());
    root.put("last_wave", explanation.winner().lastWave());
    if (why) {
      root.set("tiles", tiles(explanation));
      root.set("multicasts", multicasts(explanation));
      root.set("stages", stages(explanation));
      root.set("predictions", predictions(explanation));
    }
    return root;
  }

  private static ArrayNode smemParts(SmemUsage smem) {
    ArrayNode nodes = JSON.arrayNode();
    for (SmemUsage.Part part : smem.parts()) {
      nodes
          .addObject()
          .put("name", part.name())
          .put("bytes", part.bytes())
          .put("per_stage", part.perStage());
    }
    return nodes;
  }

  private static ArrayNode tiles(Explanation explanation) {
    ArrayNode nodes = JSON.arrayNode();
    for (TileCandidate tile : explanation.tiles()) {
      nodes
          .addObject()
          .put("block_m", tile.tile().m())
          .put("block_n", tile.tile().n())
          .put("block_k", tile.tile().k())
          .put("blocks", tile.blocks())
          .put("waves", tile.waves())
          .put("last_wave", tile.lastWave())
          .put("verdict", tile.verdict().name())
          .put("reason", tile.reason());
    }
    return nodes;
  }

  private static ArrayNode multicasts(Explanation explanation) {
    ArrayNode nodes = JSON.arrayNode();
    for (MulticastCandidate side : explanation.multicasts()) {
      nodes
          .addObject()
          .put("side", side.side().name())
          .put("verdict", side.verdict().name())
          .put("reason", side.reason());
    }
    return nodes;
  }

  private static ArrayNode predictions(Explanation explanation) {
    ArrayNode nodes = JSON.arrayNode();
    for (Prediction prediction : explanation.predictions()) {
      Tuning.Kernel kernel = prediction.kernel();
      ObjectNode node =
          nodes
              .addObject()
              .put("block_m", kernel.tile().m())
              .put("block_n", kernel.tile().n())
              .put("num_stages", kernel.stages())
              .put("multicast", kernel.multicast().name())
              .put("num_math_threads", kernel.team().threads().of(ThreadRoles.MATH))
              .put("split_k", kernel.team().splitK());
      putParts(node, prediction.cost());
      node.put("verdict", prediction.verdict().name()).put("reason", prediction.reason());
    }
    return nodes;
  }

  private static void putParts(ObjectNode node, @Nullable Cost cost) {
    if (cost == null) {
      node.putNull("predicted_us");
      return;
    }
    node.put("predicted_us", cost.micros())
        .put("launch_us", cost.launch())
        .put("fill_us", cost.fill())
        .put("steps_us", cost.steps())
        .put("bound", cost.bound().name())
        .put("ends_us", cost.ends())
        .put("reduction_us", cost.reduction())
        .put("memory_us", cost.memory())
        .put("factor", cost.factor());
  }

  private static ArrayNode stages(Explanation explanation) {
    ArrayNode nodes = JSON.arrayNode();
    for (StagesCandidate depth : explanation.stages()) {
      nodes
          .addObject()
          .put("num_stages", depth.stages())
          .put("smem_size", depth.smemBytes())
          .put("verdict", depth.verdict().name())
          .put("reason", depth.reason());
    }
    return nodes;
  }
}
