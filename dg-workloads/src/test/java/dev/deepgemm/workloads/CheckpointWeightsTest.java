package dev.deepgemm.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.testkit.SafetensorsFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointWeightsTest {
  private static final String INDEX = "model.safetensors.index.json";
  private static final Map<String, Integer> BYTES =
      Map.of("F8_E4M3", 1, "BF16", 2, "F32", 4, "I32", 4);

  @TempDir Path folder;

  /** Writes a file with the given tensors, each as "name dtype extent extent". */
  private void file(String name, String... tensors) throws IOException {
    List<String> entries = new ArrayList<>();
    int at = 0;
    for (String tensor : tensors) {
      String[] parts = tensor.split(" ");
      int bytes = BYTES.get(parts[1]);
      List<String> shape = List.of(parts).subList(2, parts.length);
      for (String extent : shape) {
        bytes *= Integer.parseInt(extent);
      }
      entries.add(
          SafetensorsFile.tensor(
              parts[0], parts[1], "[" + String.join(",", shape) + "]", at, at + bytes));
      at += bytes;
    }
    Files.write(
        folder.resolve(name), SafetensorsFile.of("{" + String.join(",", entries) + "}", at));
  }

  private void json(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text.replace('\'', '"'));
  }

  private Set<String> shapes(int devices) {
    CheckpointWeights read = CheckpointWeights.read(folder);
    return Projections.of(read.weights(), read.heads(), devices).stream()
        .map(p -> p.name() + " " + p.n() + "x" + p.k() + " " + p.type())
        .collect(Collectors.toSet());
  }

  @Test
  void read_fp8Mixture_findsLayersExpertsAndHead() throws IOException {
    file(
        "model-00001.safetensors",
        "model.embed_tokens.weight BF16 64 32",
        "model.layers.0.self_attn.q_proj.weight F8_E4M3 32 32",
        "model.layers.0.self_attn.q_proj.weight_scale_inv F32 1 1",
        "model.layers.0.self_attn.k_proj.weight F8_E4M3 16 32",
        "model.layers.0.self_attn.v_proj.weight F8_E4M3 16 32",
        "model.layers.0.input_layernorm.weight BF16 32");
    file(
        "model-00002.safetensors",
        "model.layers.1.mlp.gate.weight BF16 2 32",
        "model.layers.1.mlp.experts.0.gate_proj.weight F8_E4M3 16 32",
        "model.layers.1.mlp.experts.0.up_proj.weight F8_E4M3 16 32",
        "model.layers.1.mlp.experts.1.gate_proj.weight F8_E4M3 16 32",
        "model.layers.1.mlp.experts.1.up_proj.weight F8_E4M3 16 32",
        "lm_head.weight BF16 64 32");
    json("config.json", "{'num_attention_heads':4,'num_key_value_heads':2}");
    Set<String> expected =
        Set.of(
            "self_attn.q_proj+k_proj+v_proj 64x32 FP8_E4M3",
            "self_attn.q_proj 32x32 FP8_E4M3",
            "self_attn.k_proj 16x32 FP8_E4M3",
            "self_attn.v_proj 16x32 FP8_E4M3",
            "mlp.gate 2x32 BF16",
            "mlp.experts.gate_proj+up_proj 32x32 FP8_E4M3",
            "mlp.experts.gate_proj 16x32 FP8_E4M3",
            "mlp.experts.up_proj 16x32 FP8_E4M3",
            "lm_head 64x32 BF16");
    assertEquals(expected, shapes(1));
    CheckpointWeights read = CheckpointWeights.read(folder);
    assertEquals(new Heads(4, 2), read.heads());
    assertEquals(Set.of(), read.skipped());
    assertEquals(
        Set.of(2),
        read.weights().stream()
            .filter(weight -> weight.module().contains("experts"))
            .map(Weight::experts)
            .collect(Collectors.toSet()));
    assertTrue(shapes(4).contains("self_attn.k_proj 8x32 FP8_E4M3"), "a head on two devices");
  }

  @Test
  void read_index_namesTheFilesThatCount() throws IOException {
    file("a.safetensors", "model.layers.0.mlp.down_proj.weight BF16 32 16");
    file("old.safetensors", "model.layers.0.mlp.down_proj.weight BF16 99 16");
    json(INDEX, "{'weight_map':{'model.layers.0.mlp.down_proj.weight':'a.safetensors'}}");
    assertEquals(Set.of("mlp.down_proj 32x16 BF16"), shapes(1));
  }

  @Test
  void read_tiedEmbedding_isTheHead() throws IOException {
    file("model.safetensors", "model.embed_tokens.weight BF16 64 32");
    assertEquals(Set.of(), shapes(1));
    json("config.json", "{'tie_word_embeddings':true}");
    assertEquals(Set.of("lm_head 64x32 BF16"), shapes(1));
  }

  @Test
  void read_typesAndNamesWithoutAKernel_areNamed() throws IOException {
    file(
        "model.safetensors",
        "model.layers.0.mlp.up_proj.weight F32 16 32",
        "model.layers.0.mixer.conv1d.weight BF16 16 32",
        "model.layers.0.mlp.up_proj.qweight I32 4 32");
    CheckpointWeights read = CheckpointWeights.read(folder);
    assertEquals(List.of(), read.weights());
    assertEquals(Set.of("F32 up_proj", "BF16 conv1d"), read.skipped());
  }

  @Test
  void read_shardThatIsMissing_isNamed() throws IOException {
    file("a.safetensors", "lm_head.weight BF16 64 32");
    json(INDEX, "{'weight_map':{'x':'a.safetensors','y':'b.safetensors'}}");
    assertRefused("DG-MODEL-04", "b.safetensors");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a.safetensors", "/etc/passwd", "x/y.safetensors", ""})
  void read_indexThatLeavesTheFolder_isRefused(String name) throws IOException {
    file("a.safetensors", "lm_head.weight BF16 64 32");
    json(INDEX, "{'weight_map':{'x':'" + name + "'}}");
    assertRefused("DG-MODEL-04", INDEX);
  }

  @Test
  void read_emptyFolder_isRefused() {
    assertRefused("DG-MODEL-04", "no *.safetensors");
  }

  @Test
  void read_configThatIsNoJson_isRefused() throws IOException {
    file("a.safetensors", "lm_head.weight BF16 64 32");
    json("config.json", "{'hidden_size':");
    assertRefused("DG-MODEL-05", "config.json");
  }

  @Test
  void read_fileThatIsNoSafetensors_isRefused() throws IOException {
    Files.writeString(folder.resolve("a.safetensors"), "nothing of the kind");
    InputException e = assertThrows(InputException.class, () -> CheckpointWeights.read(folder));
    assertTrue(e.problems().get(0).id().startsWith("DG-FILE-"), e::getMessage);
  }

  /** A checkpoint and the published figures of the same model give the same products. */
  @Test
  void read_checkpointOfAConfig_agreesWithTheConfig() throws IOException {
    String config =
        "{'hidden_size':32,'num_attention_heads':4,'num_key_value_heads':2,'head_dim':16,"
            + "'intermediate_size':48,'vocab_size':64}";
    json("config.json", config);
    List<Weight> weights =
        ModelConfig.weights(
            "a test",
            new com.fasterxml.jackson.databind.ObjectMapper().readTree(config.replace('\'', '"')),
            DataType.BF16);
    file(
        "model.safetensors",
        weights.stream()
            .map(
                w ->
                    (w.module().isEmpty() ? "" : w.module() + ".")
                        + w.leaf()
                        + ".weight BF16 "
                        + w.n()
                        + " "
                        + w.k())
            .toArray(String[]::new));
    Set<String> published =
        Projections.of(weights, new Heads(4, 2), 2).stream()
            .map(p -> p.name() + " " + p.n() + "x" + p.k() + " " + p.type())
            .collect(Collectors.toSet());
    assertEquals(published, shapes(2));
    assertFalse(published.isEmpty());
  }

  private void assertRefused(String id, String text) {
    InputException e = assertThrows(InputException.class, () -> CheckpointWeights.read(folder));
    assertEquals(id, e.problems().get(0).id());
    assertTrue(e.getMessage().contains(text), e::getMessage);
  }
}
