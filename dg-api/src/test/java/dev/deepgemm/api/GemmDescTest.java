package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class GemmDescTest {
  private static GemmDesc desc(GemmKind kind, int m, int n, int k, int groups) {
    return GemmDesc.of(Signature.FP8.withKind(kind), Shape.of(kind, groups, m, n, k));
  }

  @Test
  void constructor_negativeLimit_isRefused() {
    GemmDesc desc = GemmDesc.fp8(1, 1, 1);
    InvalidGemmException e = assertThrows(InvalidGemmException.class, () -> desc.withSmLimit(-1));
    assertEquals(List.of("DG-DESC-02"), e.problems().stream().map(Problem::id).toList());
    assertTrue(e.getMessage().contains("SM limit is -1"));
  }

  @Test
  void constructor_sizesOfAnotherKind_areRefused() {
    Shape batched = new Shape.Batched(2, 1, 1, 1);
    InvalidGemmException e =
        assertThrows(InvalidGemmException.class, () -> GemmDesc.of(Signature.FP8, batched));
    assertEquals(List.of("DG-DESC-07"), e.problems().stream().map(Problem::id).toList());
    assertTrue(e.getMessage().contains("NORMAL"), e.getMessage());
    assertTrue(e.getMessage().contains("BATCHED"), e.getMessage());
    assertThrows(InvalidGemmException.class, () -> GemmDesc.fp8(1, 1, 1).withShape(batched));
    Signature masked = Signature.FP8.withKind(GemmKind.M_GROUPED_MASKED);
    assertThrows(InvalidGemmException.class, () -> GemmDesc.fp8(1, 1, 1).withSignature(masked));
  }

  @Test
  void fp8_andBf16_areTheMainGemms() {
    assertEquals(desc(GemmKind.NORMAL, 3, 5, 7, 1), GemmDesc.fp8(3, 5, 7));
    assertEquals(GemmDesc.ALL_SMS, GemmDesc.fp8(3, 5, 7).smLimit());
    GemmDesc bf16 = GemmDesc.bf16(3, 5, 7, DataType.FP32);
    assertEquals(ScaleScheme.NONE, bf16.scaling());
    assertEquals(DataType.BF16, bf16.aType());
    assertEquals(DataType.BF16, bf16.bType());
    assertEquals(DataType.FP32, bf16.dType());
    assertEquals("NT", bf16.signature().layout());
  }

  @Test
  void with_changesOneComponent() {
    GemmDesc desc = GemmDesc.fp8(3, 5, 7);
    assertEquals(GemmDesc.fp8(9, 5, 7), desc.withM(9));
    assertEquals(GemmDesc.fp8(3, 9, 7), desc.withN(9));
    assertEquals(GemmDesc.fp8(3, 5, 9), desc.withK(9));
    assertEquals(64, desc.withSmLimit(64).smLimit());
    assertEquals(64, desc.withSmLimit(64).withM(9).smLimit());
    assertEquals(desc, desc.withSmLimit(64).withSmLimit(GemmDesc.ALL_SMS));
    assertThrows(InvalidGemmException.class, () -> desc.withM(0));
  }

  @Test
  void signatureWith_changesOneComponent() {
    Signature signature =
        Signature.BF16
            .withKind(GemmKind.BATCHED)
            .withMajors(Major.MN, Major.K)
            .withTypes(DataType.FP8_E4M3, DataType.BF16)
            .withScaling(ScaleScheme.FP32_1D1D)
            .withOutput(DataType.FP32)
            .withAccumulate(true);
    assertEquals(
        new Signature(
            GemmKind.BATCHED,
            new Signature.Input(DataType.FP8_E4M3, Major.MN),
            new Signature.Input(DataType.BF16, Major.K),
            ScaleScheme.FP32_1D1D,
            new Signature.Output(DataType.FP32, true)),
        signature);
    assertEquals("TT", signature.layout());
    assertEquals("TN", signature.withMajors(Major.MN, Major.MN).layout());
    assertEquals("NN", signature.withMajors(Major.K, Major.MN).layout());
  }

  @Test
  void flops_largeProblem_doesNotOverflow() {
    assertEquals(
        2.0 * 65536 * 65536 * 65536 * 8, desc(GemmKind.BATCHED, 65536, 65536, 65536, 8).flops());
  }

  /** Rows of contiguous groups, and inner extents of groups along k, are counted already. */
  @Test
  void flops_ofGroups_countsEveryRowOnce() {
    assertEquals(2.0 * 64 * 32 * 16, desc(GemmKind.M_GROUPED_CONTIGUOUS, 64, 32, 16, 8).flops());
    assertEquals(2.0 * 64 * 32 * 16 * 8, desc(GemmKind.M_GROUPED_MASKED, 64, 32, 16, 8).flops());
    Shape ragged = new Shape.KGrouped(3, 64, 32, 100, 150);
    assertEquals(
        2.0 * 64 * 32 * 150,
        GemmDesc.of(Signature.FP8.withKind(GemmKind.K_GROUPED_CONTIGUOUS), ragged).flops());
  }
}
