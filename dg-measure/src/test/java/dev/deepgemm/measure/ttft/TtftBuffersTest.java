package dev.deepgemm.measure.ttft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.workloads.LayerProducts;
import dev.deepgemm.workloads.ModelCatalog;
import dev.deepgemm.workloads.ModelConfig;
import dev.deepgemm.workloads.Projection;
import dev.deepgemm.workloads.Projections;
import dev.deepgemm.workloads.Weight;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TtftBuffersTest {
  /** Memory that is only an address: one after the other, aligned as the driver aligns. */
  private static final class FakeMemory {
    private long next = 1L << 32;

    long allocate(long bytes) {
      long at = next;
      next += (bytes + 255) / 256 * 256;
      return at;
    }
  }

  private static List<Projection> products(String model) {
    ModelCatalog.Model chosen = ModelCatalog.load().get(model);
    List<Weight> weights = ModelConfig.weights(chosen.name(), chosen.config(), chosen.type());
    return LayerProducts.of(Projections.of(weights, ModelConfig.heads(chosen.config()), 1));
  }

  /** What the device would be handed passes the kernels' own checks, for every product and any m. */
  @ParameterizedTest
  @ValueSource(strings = {"deepseek-v3", "llama-3.1-8b", "glm-4.5"})
  void operands_ofEveryProduct_areLegal(String model) {
    List<Projection> products = products(model);
    FakeMemory memory = new FakeMemory();
    TtftBuffers<Long> buffers = TtftBuffers.of(products, 1000, memory::allocate, Long::longValue);
    try (DeepGemm gemm = DeepGemm.builder().options(Options.defaults()).arch("sm90").build()) {
      for (Projection product : products) {
        for (int m : new int[] {1, 3, 17, 513, 1000}) {
          GemmDesc problem = TtftReplay.problem(product, m);
          GemmOperands operands = buffers.operands(product, m);
          LaunchPlan plan = gemm.plan(problem, operands);
          assertTrue(plan.grid() > 0 && plan.args().size() > 3);
          assertEquals(KernelArg.class, plan.args().get(0).getClass().getInterfaces()[0]);
        }
      }
    }
  }

  @Test
  void of_products_isAsLargeAsTheLargestOfEachOperand() {
    List<Projection> products = products("deepseek-v3");
    FakeMemory memory = new FakeMemory();
    List<Long> sizes = new java.util.ArrayList<>();
    TtftBuffers.of(
        products,
        10,
        bytes -> {
          sizes.add(bytes);
          return memory.allocate(bytes);
        },
        Long::longValue);
    // 10 tokens are 12 rows; k is 18432 at most, n 36864.
    assertEquals(
        List.of(12L * 18432, 36864L * 7168, 12L * 36864 * 2, 12L * 144 * 4, 288L * 56 * 4), sizes);
  }
}
