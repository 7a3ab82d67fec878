package dev.deepgemm.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.workloads.ModelCatalog.Model;
import dev.deepgemm.workloads.files.InputException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelCatalogTest {
  private static final ModelCatalog CATALOG = ModelCatalog.load();

  /** What any config.json of these families may say about shapes. */
  private static final Set<String> KEYS =
      Set.of(
          "model_type",
          "hidden_size",
          "intermediate_size",
          "moe_intermediate_size",
          "n_routed_experts",
          "num_experts",
          "num_local_experts",
          "n_shared_experts",
          "num_experts_per_tok",
          "first_k_dense_replace",
          "num_attention_heads",
          "num_key_value_heads",
          "head_dim",
          "q_lora_rank",
          "kv_lora_rank",
          "qk_nope_head_dim",
          "qk_rope_head_dim",
          "v_head_dim",
          "vocab_size",
          "num_hidden_layers",
          "tie_word_embeddings");

  static Stream<Model> models() {
    return CATALOG.all().stream();
  }

  private static List<Projection> products(String name, int devices) {
    Model model = CATALOG.get(name);
    return Projections.of(
        ModelConfig.weights(name, model.config(), model.type()),
        ModelConfig.heads(model.config()),
        devices);
  }

  private static Set<String> shapes(List<Projection> products) {
    return products.stream().map(p -> p.n() + "x" + p.k()).collect(Collectors.toSet());
  }

  @ParameterizedTest
  @MethodSource("models")
  void model_anyOfTheCatalog_isCompleteAndSaysWhereItIsFrom(Model model) {
    assertTrue(model.source().contains("config.json of "), model::source);
    model.config().fieldNames().forEachRemaining(key -> assertTrue(KEYS.contains(key), key));
    List<Projection> products = products(model.name(), 1);
    assertTrue(products.size() >= 8, products::toString);
    for (Projection product : products) {
      // TMA wants rows of whole 16 bytes, of A and B as of D.
      assertEquals(0, product.k() * product.type().bytes() % 16, product::toString);
      assertEquals(0, product.n() * 2 % 16, product::toString);
    }
  }

  @Test
  void names_withAliases_areUnique() {
    Set<String> seen = new HashSet<>();
    for (Model model : CATALOG.all()) {
      assertTrue(seen.add(model.name()), model::name);
      model.aliases().forEach(alias -> assertTrue(seen.add(alias), alias));
    }
    assertTrue(CATALOG.all().size() >= 12, "a dozen models");
    assertEquals(CATALOG.get("deepseek-v3"), CATALOG.get("DeepSeek-R1"));
  }

  /** The shapes that DeepGEMM's own tests and DeepSeek's reports give for this model. */
  @Test
  void deepseekV3_products_areThePublishedShapes() {
    Set<String> expected =
        Set.of(
            "2112x7168",
            "1536x7168",
            "576x7168",
            "24576x1536",
            "32768x512",
            "7168x16384",
            "36864x7168",
            "18432x7168",
            "7168x18432",
            "4096x7168",
            "2048x7168",
            "7168x2048",
            "256x7168",
            "129280x7168");
    List<Projection> products = products("deepseek-v3", 1);
    assertEquals(expected, shapes(products));
    for (Projection product : products) {
      boolean plain = product.name().equals("lm_head") || product.name().equals("mlp.gate");
      assertEquals(plain ? DataType.BF16 : DataType.FP8_E4M3, product.type(), product::toString);
      assertEquals(product.name().contains(".experts.") ? 256 : 0, product.experts());
    }
  }

  /** Figures that are easy to get wrong: heads that do not make up the hidden size, shared experts. */
  @ParameterizedTest
  @CsvSource({
    "llama-3.3-70b, 10240x8192 57344x8192 8192x28672 8192x8192 128256x8192",
    "qwen3-32b, 10240x5120 5120x8192 51200x5120 5120x25600",
    "qwen3-30b-a3b, 5120x2048 2048x4096 1536x2048 2048x768 128x2048",
    "glm-4.5, 14336x5120 5120x12288 24576x5120 3072x5120 160x5120",
    "deepseek-v2, 2112x5120 24576x1536 5120x16384 6144x5120 5120x3072 160x5120",
    "kimi-k2, 2112x7168 12288x1536 16384x512 7168x8192 384x7168",
    "mixtral-8x7b, 6144x4096 28672x4096 4096x14336 8x4096",
    "gemma-2-9b, 8192x3584 3584x4096 28672x3584",
    "phi-4, 7680x5120 35840x5120 5120x17920",
  })
  void products_ofAModel_haveTheseShapes(String model, String expected) {
    Set<String> found = shapes(products(model, 1));
    for (String shape : expected.split(" ")) {
      assertTrue(found.contains(shape), () -> shape + " is not in " + found);
    }
  }

  @Test
  void mixtureWithoutDenseLayers_hasNoDenseProducts() {
    assertFalse(
        products("qwen3-30b-a3b", 1).stream().anyMatch(p -> p.name().startsWith("mlp.up_proj")));
  }

  @Test
  void get_unknownName_listsTheKnownOnes() {
    InputException e = assertThrows(InputException.class, () -> CATALOG.get("gpt-9"));
    assertEquals("DG-MODEL-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("deepseek-v3"), e::getMessage);
    assertTrue(e.getMessage().contains("--checkpoint"), e::getMessage);
  }
}
