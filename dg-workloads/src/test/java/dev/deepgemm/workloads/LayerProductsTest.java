package dev.deepgemm.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.workloads.ModelCatalog.Model;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerProductsTest {
  @ParameterizedTest
  @CsvSource({
    "llama-3.1-8b, 6144x4096 4096x4096 28672x4096 4096x14336",
    "deepseek-v3, 2112x7168 24576x1536 32768x512 7168x16384 36864x7168 7168x18432 4096x7168"
        + " 7168x2048",
  })
  void of_model_areItsJoinedProductsInOrder(String name, String expected) {
    Model model = ModelCatalog.load().get(name);
    List<Projection> all =
        Projections.of(
            ModelConfig.weights(name, model.config(), model.type()),
            ModelConfig.heads(model.config()),
            1);
    List<String> shapes =
        LayerProducts.of(all).stream().map(p -> p.n() + "x" + p.k()).sorted().toList();
    assertEquals(List.of(expected.split(" ")).stream().sorted().toList(), shapes);
  }
}
