package dev.deepgemm.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectionsTest {
  /** 64 heads of Q and 8 of K and V, 128 wide, as in the 70B Llamas. */
  private static final Heads HEADS = new Heads(64, 8);

  private static Weight weight(String module, String leaf, int n, int k) {
    return new Weight(module, leaf, n, k, DataType.BF16, 0);
  }

  private static List<Weight> layer(int number) {
    String attention = "model.layers." + number + ".self_attn";
    String mlp = "model.layers." + number + ".mlp";
    return List.of(
        weight(attention, "q_proj", 8192, 8192),
        weight(attention, "k_proj", 1024, 8192),
        weight(attention, "v_proj", 1024, 8192),
        weight(attention, "o_proj", 8192, 8192),
        weight(mlp, "gate_proj", 28672, 8192),
        weight(mlp, "up_proj", 28672, 8192),
        weight(mlp, "down_proj", 8192, 28672));
  }

  private static Map<String, String> shapes(List<Weight> weights, Heads heads, int devices) {
    return Projections.of(weights, heads, devices).stream()
        .collect(Collectors.toMap(Projection::name, p -> p.n() + "x" + p.k()));
  }

  @Test
  void of_layersThatAreAlike_listsEachProductOnce_joinedAndSingle() {
    List<Weight> weights = new ArrayList<>(layer(0));
    weights.addAll(layer(17));
    assertEquals(
        Map.of(
            "self_attn.q_proj+k_proj+v_proj", "10240x8192",
            "self_attn.q_proj", "8192x8192",
            "self_attn.k_proj", "1024x8192",
            "self_attn.v_proj", "1024x8192",
            "self_attn.o_proj", "8192x8192",
            "mlp.gate_proj+up_proj", "57344x8192",
            "mlp.gate_proj", "28672x8192",
            "mlp.up_proj", "28672x8192",
            "mlp.down_proj", "8192x28672"),
        shapes(weights, HEADS, 1));
  }

  @Test
  void of_eightDevices_cutsColumnsAndRows() {
    Map<String, String> shapes = shapes(layer(0), HEADS, 8);
    assertEquals("1280x8192", shapes.get("self_attn.q_proj+k_proj+v_proj"));
    assertEquals("8192x1024", shapes.get("self_attn.o_proj"));
    assertEquals("7168x8192", shapes.get("mlp.gate_proj+up_proj"));
    assertEquals("8192x3584", shapes.get("mlp.down_proj"));
  }

  @ParameterizedTest
  @CsvSource({"8, 128x8192", "16, 128x8192", "4, 256x8192"})
  void of_moreDevicesThanKeyValueHeads_keepsOneHeadOnEach(int devices, String expected) {
    Map<String, String> shapes = shapes(layer(0), HEADS, devices);
    assertEquals(expected, shapes.get("self_attn.k_proj"));
    assertEquals(8192 / devices + "x8192", shapes.get("self_attn.q_proj"));
  }

  @Test
  void of_latentAttention_keepsTheNarrowSideWhole() {
    String module = "model.layers.0.self_attn";
    Map<String, String> shapes =
        shapes(
            List.of(
                weight(module, "q_a_proj", 1536, 7168),
                weight(module, "q_b_proj", 24576, 1536),
                weight(module, "kv_a_proj_with_mqa", 576, 7168),
                weight(module, "kv_b_proj", 32768, 512),
                weight(module, "o_proj", 7168, 16384)),
            new Heads(128, 128),
            16);
    assertEquals("2112x7168", shapes.get("self_attn.q_a_proj+kv_a_proj_with_mqa"));
    assertEquals("1536x1536", shapes.get("self_attn.q_b_proj"));
    assertEquals("2048x512", shapes.get("self_attn.kv_b_proj"));
    assertEquals("7168x1024", shapes.get("self_attn.o_proj"));
  }

  @Test
  void of_weightsStoredJoined_areCutByTheirParts() {
    Map<String, String> shapes =
        shapes(
            List.of(
                weight("model.layers.0.self_attn", "qkv_proj", 7680, 5120),
                weight("model.layers.0.mlp", "gate_up_proj", 35840, 5120)),
            new Heads(40, 10),
            5);
    assertEquals("1536x5120", shapes.get("self_attn.qkv_proj"));
    assertEquals("7168x5120", shapes.get("mlp.gate_up_proj"));
  }

  @Test
  void of_partsOfDifferentTypes_areNotJoined() {
    Map<String, String> shapes =
        shapes(
            List.of(
                weight("mlp", "gate_proj", 128, 256),
                new Weight("mlp", "up_proj", 128, 256, DataType.FP8_E4M3, 0)),
            Heads.UNKNOWN,
            1);
    assertEquals(Map.of("mlp.gate_proj", "128x256", "mlp.up_proj", "128x256"), shapes);
  }

  @Test
  void of_devicesThatDoNotDivide_tellsEveryWeight() {
    InputException e = assertThrows(InputException.class, () -> Projections.of(layer(0), HEADS, 3));
    Map<String, Problem> byWeight =
        e.problems().stream()
            .collect(
                Collectors.toMap(
                    problem -> problem.message().split(" ")[0],
                    Function.identity(),
                    (first, second) -> first));
    assertTrue(
        byWeight
            .keySet()
            .containsAll(
                List.of(
                    "self_attn.q_proj",
                    "self_attn.o_proj",
                    "self_attn.k_proj",
                    "mlp.gate_proj",
                    "mlp.down_proj")),
        byWeight::toString);
    assertTrue(e.getMessage().contains("k is 28672"), e::getMessage);
    e.problems().forEach(problem -> assertEquals("DG-MODEL-03", problem.id()));
  }

  @Test
  void of_rowsThatDivideButHeadsThatDoNot_isRefused() {
    // 28 heads of 128 are 3584 columns, which 8 divides; half a head on a device is no head.
    List<Weight> weights = List.of(weight("self_attn", "q_proj", 3584, 3584));
    InputException e =
        assertThrows(InputException.class, () -> Projections.of(weights, new Heads(28, 4), 8));
    assertTrue(e.getMessage().contains("query heads is 28"), e::getMessage);
  }

  @Test
  void of_joinedWeightWithoutHeads_saysWhatIsMissing() {
    List<Weight> weights = List.of(weight("self_attn", "qkv_proj", 7680, 5120));
    InputException e =
        assertThrows(InputException.class, () -> Projections.of(weights, Heads.UNKNOWN, 2));
    assertTrue(e.getMessage().contains("num_attention_heads"), e::getMessage);
  }
}
