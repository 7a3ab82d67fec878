package dev.deepgemm.jit.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GemmsTest {
  private static final int M = 70;
  private static final int N = 264;
  private static final int K = 1000;

  private static DenseGemm sized(Signature signature) {
    return Gemms.dense(signature).size(M, N, K);
  }

  private static long stride(GemmCall call, OperandRole role) {
    return call.operands().require(role).stride();
  }

  @ParameterizedTest
  @CsvSource({
    "K, K, NT, 1000, 1000",
    "K, MN, NN, 1000, 264",
    "MN, K, TT, 70, 1000",
    "MN, MN, TN, 70, 264"
  })
  void leftOutStrides_areThoseOfTheLayout(
      Major a, Major b, String layout, long strideA, long strideB) {
    Signature signature = Signature.BF16.withMajors(a, b).withAccumulate(true);
    assertEquals(layout, signature.layout());
    GemmCall call = sized(signature).a(16).b(32).c(48).d(64).build();
    assertEquals(strideA, stride(call, OperandRole.A));
    assertEquals(strideB, stride(call, OperandRole.B));
    assertEquals(N, stride(call, OperandRole.C));
    assertEquals(N, stride(call, OperandRole.D));
    assertNull(call.operands().scalesA());
    assertEquals(GemmDesc.bf16(M, N, K, DataType.BF16).withSignature(signature), call.desc());
  }

  @Test
  void scales_lieAsTheirSchemeHasThem() {
    GemmCall block = sized(Signature.FP8).a(1).b(2).scalesA(3).scalesB(4).d(5).build();
    assertEquals(72, stride(block, OperandRole.SCALES_A), "rows of A, whole units of 16 bytes");
    assertEquals(8, stride(block, OperandRole.SCALES_B), "blocks along k");
    Signature perRow = Signature.FP8.withScaling(ScaleScheme.FP32_1D1D);
    GemmCall rows =
        Gemms.dense(perRow).size(M, 261, K).a(1).b(2).scalesA(3).scalesB(4).d(5).build();
    assertEquals(72, stride(rows, OperandRole.SCALES_A));
    assertEquals(264, stride(rows, OperandRole.SCALES_B), "rows of B, whole units of 16 bytes");
  }

  @Test
  void givenStrides_areKept_whateverTheOrderOfCalls() {
    GemmCall call =
        Gemms.dense(Signature.FP8.withAccumulate(true))
            .d(0x50, 512)
            .c(0x60, 600)
            .scalesB(0x40, 9)
            .scalesA(0x30, 80)
            .b(0x20, 2048)
            .a(0x10, 1024)
            .size(M, N, K)
            .smLimit(8)
            .constantB()
            .build();
    assertEquals(
        GemmOperands.builder()
            .a(0x10, 1024)
            .b(0x20, 2048)
            .c(0x60, 600)
            .d(0x50, 512)
            .scalesA(0x30, 80)
            .scalesB(0x40, 9)
            .constantB(true)
            .build(),
        call.operands());
    assertEquals(8, call.desc().smLimit());
  }

  @Test
  void lastWord_counts() {
    GemmCall call = sized(Signature.BF16).a(0x10, 2000).b(2).d(3).a(0x20).build();
    assertEquals(new DeviceMatrix(0x20, K), call.operands().a());
  }

  @Test
  void everythingThatIsMissing_isToldAtOnce() {
    InvalidGemmException e =
        assertThrows(InvalidGemmException.class, () -> Gemms.dense(Signature.BF16).a(16).build());
    assertEquals(
        List.of("DG-DESC-01", "DG-DESC-01", "DG-DESC-01", "DG-ARG-04", "DG-ARG-04"),
        e.problems().stream().map(Problem::id).toList());
    InvalidGemmException negative =
        assertThrows(
            InvalidGemmException.class,
            () -> Gemms.dense(Signature.BF16).size(M, -1, K).a(16).b(32).d(48).build());
    assertEquals(1, negative.problems().size());
    assertTrue(negative.getMessage().contains("n is -1"), negative.getMessage());
  }

  @Test
  void signatureOfAnotherKind_isNoDenseProduct() {
    InvalidGemmException e =
        assertThrows(
            InvalidGemmException.class,
            () -> sized(Signature.FP8.withKind(GemmKind.BATCHED)).a(1).b(2).d(3).build());
    assertEquals("DG-DESC-07", e.problems().get(0).id());
  }

  @Test
  void callElsewhere_liesAlike() {
    GemmCall call = sized(Signature.BF16).a(0x10, 1024).b(0x20).d(0x30).build();
    GemmCall moved = call.at(OperandRole.A, 0x4000);
    assertEquals(new DeviceMatrix(0x4000, 1024), moved.operands().a());
    assertEquals(call.operands().b(), moved.operands().b());
    assertEquals(call.desc(), moved.desc());
    assertEquals(0x10, call.operands().a().address(), "calls do not change");
    InvalidGemmException e =
        assertThrows(InvalidGemmException.class, () -> call.at(OperandRole.SCALES_A, 0x10));
    assertEquals("DG-ARG-04", e.problems().get(0).id());
  }

  @Test
  void weights_areConstant_onlyIfSomebodySaysSo() {
    DenseGemm gemm = sized(Signature.BF16).a(16).b(32).d(48);
    assertFalse(gemm.build().operands().constantB());
    assertTrue(gemm.constantB().build().operands().constantB());
  }
}
