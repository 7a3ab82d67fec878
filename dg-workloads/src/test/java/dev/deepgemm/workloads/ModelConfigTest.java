package dev.deepgemm.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.DataType;
import dev.deepgemm.workloads.files.InputException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ModelConfigTest {
  private static JsonNode json(String text) throws JsonProcessingException {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  private static String weights(String text) throws JsonProcessingException {
    return ModelConfig.weights("a test", json(text), DataType.FP8_E4M3).stream()
        .map(weight -> weight.leaf() + " " + weight.n() + "x" + weight.k())
        .collect(Collectors.joining(", "));
  }

  @Test
  void weights_headsWithoutAnExtentOfTheirOwn_shareTheHiddenSize() throws Exception {
    assertEquals(
        "q_proj 64x64, k_proj 64x64, v_proj 64x64, o_proj 64x64, gate_proj 96x64, up_proj 96x64,"
            + " down_proj 64x96, lm_head 1000x64",
        weights(
            "{'hidden_size':64,'num_attention_heads':4,'intermediate_size':96,'vocab_size':1000}"));
  }

  @Test
  void weights_latentAttentionWithoutANarrowQ_hasOneQ() throws Exception {
    String found =
        weights(
            "{'hidden_size':64,'num_attention_heads':4,'intermediate_size':96,'vocab_size':1000,"
                + "'q_lora_rank':null,'kv_lora_rank':32,'qk_nope_head_dim':16,'qk_rope_head_dim':8,"
                + "'v_head_dim':12}");
    assertTrue(
        found.startsWith(
            "q_proj 96x64, kv_a_proj_with_mqa 40x64, kv_b_proj 112x32, o_proj 64x48, "),
        found);
  }

  @Test
  void weights_languagePartOfALargerModel_isFound() throws Exception {
    String inner =
        "{'hidden_size':64,'num_attention_heads':4,'intermediate_size':96,'vocab_size':1000}";
    assertEquals(weights(inner), weights("{'vision_config':{},'text_config':" + inner + "}"));
    assertEquals(new Heads(4, 4), ModelConfig.heads(json("{'text_config':" + inner + "}")));
  }

  @Test
  void weights_missingAndWrongFigures_areAllTold() throws Exception {
    JsonNode config = json("{'hidden_size':'big','num_attention_heads':0,'vocab_size':1.5}");
    InputException e =
        assertThrows(
            InputException.class, () -> ModelConfig.weights("a test", config, DataType.BF16));
    assertEquals(4, e.problems().size(), e::getMessage);
    for (String expected :
        List.of(
            "\"hidden_size\" is \"big\"",
            "\"num_attention_heads\" is 0",
            "\"intermediate_size\" is missing",
            "\"vocab_size\" is 1.5")) {
      assertTrue(e.getMessage().contains(expected), e::getMessage);
    }
    e.problems().forEach(problem -> assertEquals("DG-MODEL-02", problem.id()));
  }
}
