package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class GemmDescTest {
  private static GemmDesc desc(GemmKind kind, int m, int n, int k, int groups, int limit) {
    return new GemmDesc(
        kind,
        ScaleScheme.FP32_1D2D,
        m,
        n,
        k,
        groups,
        Major.K,
        Major.K,
        DataType.FP8_E4M3,
        DataType.BF16,
        false,
        limit);
  }

  @Test
  void constructor_everythingWrong_reportsAllAtOnce() {
    InvalidGemmException e =
        assertThrows(InvalidGemmException.class, () -> desc(GemmKind.NORMAL, 0, -1, 0, -5, -1));
    assertEquals(
        List.of("DG-DESC-01", "DG-DESC-01", "DG-DESC-01", "DG-DESC-01", "DG-DESC-02"),
        e.problems().stream().map(Problem::id).toList());
    assertTrue(e.getMessage().contains("m is 0"));
    assertTrue(e.getMessage().contains("n is -1"));
    assertTrue(e.getMessage().contains("groups is -5"));
    assertTrue(e.getMessage().contains("SM limit is -1"));
  }

  @Test
  void constructor_normalWithGroups_pointsToBatched() {
    InvalidGemmException e =
        assertThrows(InvalidGemmException.class, () -> desc(GemmKind.NORMAL, 1, 1, 1, 2, 0));
    assertEquals("DG-DESC-03", e.problems().get(0).id());
    assertEquals(2, desc(GemmKind.BATCHED, 1, 1, 1, 2, 0).groups());
  }

  @Test
  void fp8_andBf16_areTheMainGemms() {
    assertEquals(desc(GemmKind.NORMAL, 3, 5, 7, 1, GemmDesc.ALL_SMS), GemmDesc.fp8(3, 5, 7));
    GemmDesc bf16 = GemmDesc.bf16(3, 5, 7, DataType.FP32);
    assertEquals(ScaleScheme.NONE, bf16.scaling());
    assertEquals(DataType.BF16, bf16.aType());
    assertEquals(DataType.FP32, bf16.dType());
  }

  @Test
  void with_changesOneComponent() {
    GemmDesc desc = GemmDesc.fp8(3, 5, 7);
    assertEquals(GemmDesc.fp8(9, 5, 7), desc.withM(9));
    assertEquals(64, desc.withSmLimit(64).smLimit());
    assertEquals(desc, desc.withSmLimit(64).withSmLimit(GemmDesc.ALL_SMS));
    assertThrows(InvalidGemmException.class, () -> desc.withM(0));
  }

  @Test
  void flops_largeProblem_doesNotOverflow() {
    assertEquals(
        2.0 * 65536 * 65536 * 65536 * 8, desc(GemmKind.BATCHED, 65536, 65536, 65536, 8, 0).flops());
  }
}
