package dev.deepgemm.kernels.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperandRulesTest {
  private static final GemmDesc DESC = GemmDesc.bf16(10, 30, 64, DataType.BF16);

  private static List<Problem> check(OperandRule rule, long address, long stride) {
    GemmOperands operands =
        GemmOperands.unscaled(
            new DeviceMatrix(0x1000, 64),
            new DeviceMatrix(0x2000, 64),
            new DeviceMatrix(address, stride));
    List<Problem> problems = OperandRule.check(List.of(rule), DESC, operands);
    assertEquals(problems.isEmpty(), rule.holds(DESC, operands));
    return problems;
  }

  private static OperandRule rows() {
    return OperandRules.rows(OperandRole.D, DataType.BF16, Extent.N, "BF16 [m, n]");
  }

  private static OperandRule tma() {
    return OperandRules.tma(OperandRole.D, DataType.BF16, Extent.N, "BF16 [m, n]");
  }

  private static OperandRule plain() {
    return OperandRules.plain(OperandRole.D, DataType.BF16, Extent.N, "BF16 [m, n]");
  }

  @Test
  void rows_startAtMultiplesOf16Bytes_asForTma() {
    for (OperandRule rule : List.of(rows(), tma())) {
      assertEquals(List.of(), check(rule, 0x3000, 32));
      assertEquals("DG-ARG-01", check(rule, 0x3008, 32).get(0).id());
      assertEquals("DG-ARG-02", check(rule, 0x3000, 24).get(0).id());
      assertEquals("DG-ARG-03", check(rule, 0x3000, 34).get(0).id());
    }
    assertEquals(List.of(), check(plain(), 0x3002, 31));
  }

  @Test
  void rows_thatNoTmaReads_doNotSpeakOfTma() {
    assertTrue(check(tma(), 0x3008, 34).toString().contains("TMA needs a multiple of 8 elements"));
    List<Problem> problems = check(rows(), 0x3008, 34);
    assertTrue(problems.toString().contains("the kernel needs a multiple of 8 elements"));
    assertTrue(!problems.toString().contains("TMA"));
  }
}
