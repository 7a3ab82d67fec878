package dev.deepgemm.workloads;

import com.fasterxml.jackson.databind.JsonNode;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.List;

/**
 * A model's {@code config.json}, as far as the shapes of its weights follow from it.
 *
 * <p>Attention comes in two forms. Grouped-query attention has Q, K, V and an output projection. Latent
 * attention (there is a {@code kv_lora_rank}) goes through a narrow space instead: {@code q_a_proj} and
 * {@code kv_a_proj_with_mqa} down into it, {@code q_b_proj} and {@code kv_b_proj} out of it. The
 * feed-forward part is dense, or experts with a router, or both: shared experts beside routed ones, and
 * dense layers before the others.
 *
 * <p>The layers that are listed are one of each form, under the names that a checkpoint would use.
 */
public final class ModelConfig {
  private final String origin;
  private final JsonNode json;
  private final List<Problem> problems = new ArrayList<>();
  private final List<Weight> weights = new ArrayList<>();

  private ModelConfig(String origin, JsonNode json) {
    this.origin = origin;
    // Models that also see or hear keep the language part in an object of its own.
    this.json = json.path("text_config").isObject() ? json.get("text_config") : json;
  }

  /** The attention heads, as far as the configuration says. */
  public static Heads heads(JsonNode json) {
    ModelConfig config = new ModelConfig("", json);
    int query = config.json.path("num_attention_heads").asInt(0);
    return new Heads(query, config.json.path("num_key_value_heads").asInt(query));
  }

  /**
   * The weights of a model, one layer of each form.
   *
   * @param origin where the configuration is from, for errors
   * @param linear type of the layers' weights; output head and routers are BF16 in published checkpoints
   * @throws InputException with everything that is missing or not a positive integer ({@code DG-MODEL-02})
   */
  public static List<Weight> weights(String origin, JsonNode json, DataType linear) {
    ModelConfig config = new ModelConfig(origin, json);
    config.attention(linear);
    config.feedForward(linear);
    config.add("", "lm_head", "vocab_size", config.required("hidden_size"), DataType.BF16, 0);
    InputException.throwIfAny(config.problems);
    return List.copyOf(config.weights);
  }

  private void attention(DataType type) {
    String module = "model.layers.0.self_attn";
    int hidden = required("hidden_size");
    int heads = required("num_attention_heads");
    if (json.path("kv_lora_rank").isInt()) {
      int latent = required("kv_lora_rank");
      int plain = required("qk_nope_head_dim");
      int rotary = required("qk_rope_head_dim");
      int value = required("v_head_dim");
      // Small models of the family have no narrow space for Q.
      if (json.path("q_lora_rank").isInt()) {
        int rank = required("q_lora_rank");
        weights.add(new Weight(module, "q_a_proj", rank, hidden, type, 0));
        weights.add(new Weight(module, "q_b_proj", heads * (plain + rotary), rank, type, 0));
      } else {
        weights.add(new Weight(module, "q_proj", heads * (plain + rotary), hidden, type, 0));
      }
      weights.add(new Weight(module, "kv_a_proj_with_mqa", latent + rotary, hidden, type, 0));
      weights.add(new Weight(module, "kv_b_proj", heads * (plain + value), latent, type, 0));
      weights.add(new Weight(module, "o_proj", hidden, heads * value, type, 0));
      return;
    }
    int keyValue = json.path("num_key_value_heads").asInt(heads);
    int dim = json.path("head_dim").isInt() ? required("head_dim") : hidden / heads;
    weights.add(new Weight(module, "q_proj", heads * dim, hidden, type, 0));
    weights.add(new Weight(module, "k_proj", keyValue * dim, hidden, type, 0));
    weights.add(new Weight(module, "v_proj", keyValue * dim, hidden, type, 0));
    weights.add(new Weight(module, "o_proj", hidden, heads * dim, type, 0));
  }

  private void feedForward(DataType type) {
    int hidden = required("hidden_size");
    int experts = experts();
    if (experts == 0 || json.path("first_k_dense_replace").asInt(0) > 0) {
      mlp("model.layers.0.mlp", required("intermediate_size"), type, 0);
    }
    if (experts > 0) {
      boolean own = json.path("moe_intermediate_size").isInt();
      int width = required(own ? "moe_intermediate_size" : "intermediate_size");
      mlp("model.layers.1.mlp.experts.0", width, type, experts);
      weights.add(new Weight("model.layers.1.mlp", "gate", experts, hidden, DataType.BF16, 0));
      int shared = json.path("n_shared_experts").asInt(0);
      if (shared > 0) {
        mlp("model.layers.1.mlp.shared_experts", shared * width, type, 0);
      }
    }
  }

  private int experts() {
    for (String name : List.of("n_routed_experts", "num_experts", "num_local_experts")) {
      if (json.path(name).isInt()) {
        return required(name);
      }
    }
    return 0;
  }

  private void mlp(String module, int width, DataType type, int experts) {
    int hidden = required("hidden_size");
    weights.add(new Weight(module, "gate_proj", width, hidden, type, experts));
    weights.add(new Weight(module, "up_proj", width, hidden, type, experts));
    weights.add(new Weight(module, "down_proj", hidden, width, type, experts));
  }

  private void add(String module, String leaf, String n, int k, DataType type, int experts) {
    weights.add(new Weight(module, leaf, required(n), k, type, experts));
  }

  /** A positive integer; 1 in its place if there is none, so that the search for problems goes on. */
  private int required(String name) {
    JsonNode value = json.path(name);
    if (value.isInt() && value.intValue() > 0) {
      return value.intValue();
    }
    Problem problem =
        Problem.of(
            "DG-MODEL-02",
            "%s: \"%s\" is %s; legal: an integer from 1 on",
            origin,
            name,
            value.isMissingNode() ? "missing" : value);
    if (!problems.contains(problem)) {
      problems.add(problem);
    }
    return 1;
  }
}
