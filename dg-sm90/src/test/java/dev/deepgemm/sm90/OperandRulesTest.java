package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.Problem;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OperandRulesTest {
  private static final DeviceMatrix GOOD = new DeviceMatrix(0x1000, 512);
  private static final GemmDesc FP8 = GemmDesc.fp8(100, 200, 300);
  private static final GemmDesc BF16 = GemmDesc.bf16(100, 200, 300, DataType.BF16);

  private static List<String> ids(GemmDesc desc, GemmOperands operands) {
    return OperandRules.check(desc, operands).stream().map(Problem::id).toList();
  }

  @Test
  void padded_raggedExtents_areLegal() {
    assertEquals(List.of(), ids(FP8, GemmOperands.of(GOOD, GOOD, GOOD, GOOD, GOOD)));
    assertEquals(List.of(), ids(BF16, GemmOperands.unscaled(GOOD, GOOD, GOOD)));
    assertEquals(
        List.of(),
        ids(GemmDesc.bf16(1, 8, 1, DataType.BF16), GemmOperands.unscaled(GOOD, GOOD, GOOD)));
  }

  /** The short answer is the long one's, also where many things are wrong at once. */
  @Test
  void isClean_saysWhatTheListOfProblemsSays() {
    Random random = new Random(1);
    int clean = 0;
    for (int i = 0; i < 20_000; i++) {
      int m = 1 + random.nextInt(20);
      int n = random.nextInt(4) == 0 ? 1 + random.nextInt(40) : 8 * (1 + random.nextInt(4));
      int k = 1 + random.nextInt(300);
      GemmDesc desc =
          switch (random.nextInt(3)) {
            case 0 -> GemmDesc.fp8(m, n, k);
            case 1 -> GemmDesc.bf16(m, n, k, DataType.BF16);
            default -> GemmDesc.bf16(m, n, k, DataType.FP32);
          };
      boolean scaled = desc.aType() == DataType.FP8_E4M3;
      GemmOperands operands =
          GemmOperands.of(
              any(random, k),
              any(random, k),
              any(random, n),
              scaled != (random.nextInt(10) == 0) ? any(random, m) : null,
              scaled != (random.nextInt(10) == 0) ? any(random, 3) : null);
      boolean expected = OperandRules.problems(desc, operands).isEmpty();
      assertEquals(expected, OperandRules.isClean(desc, operands), desc + " " + operands);
      clean += expected ? 1 : 0;
    }
    assertTrue(clean > 1000 && clean < 19_000, clean + " of 20,000 are clean");
  }

  /** Mostly legal: otherwise nothing ever is as a whole. */
  private static DeviceMatrix any(Random random, int columns) {
    long stride = (columns / 16 + 1) * 16L;
    long address = 0x1000;
    switch (random.nextInt(30)) {
      case 0 -> address = 0;
      case 1 -> address += 4;
      case 2 -> address += 1 + random.nextInt(64);
      case 3 -> stride = columns;
      case 4 -> stride = columns - 1;
      case 5 -> stride += random.nextInt(16);
      case 6 -> stride = 1L << 33;
      default -> {}
    }
    return new DeviceMatrix(address, stride);
  }

  @Test
  void everyProblem_isFoundAtOnce() {
    DeviceMatrix crooked = new DeviceMatrix(0x1008, 301);
    List<Problem> problems =
        OperandRules.check(FP8, GemmOperands.of(crooked, GOOD, crooked, null, GOOD));
    assertEquals(
        List.of("DG-ARG-01", "DG-ARG-03", "DG-ARG-01", "DG-ARG-03", "DG-ARG-04"),
        problems.stream().map(Problem::id).toList());
    assertTrue(problems.get(0).message().contains("address of a is 0x1008"));
    assertTrue(problems.get(1).message().contains("pad the rows to 304"));
    assertTrue(problems.get(3).message().contains("multiple of 8 elements"));
    assertTrue(problems.get(4).message().contains("sfa is missing"));
  }

  @Test
  void stride_shorterThanTheRow_isRefused() {
    DeviceMatrix narrow = new DeviceMatrix(0x1000, 288);
    assertEquals(List.of("DG-ARG-02"), ids(BF16, GemmOperands.unscaled(narrow, GOOD, GOOD)));
  }

  @Test
  void address_null_isRefused() {
    assertEquals(
        List.of("DG-ARG-01"),
        ids(BF16, GemmOperands.unscaled(GOOD, new DeviceMatrix(0, 512), GOOD)));
  }

  @Test
  void n_thatDoesNotFillAUnit_isRefusedBecauseTmaWouldWriteBehindIt() {
    GemmOperands operands = GemmOperands.unscaled(GOOD, GOOD, GOOD);
    assertEquals(List.of("DG-ARG-06"), ids(GemmDesc.bf16(8, 204, 64, DataType.BF16), operands));
    assertEquals(List.of(), ids(GemmDesc.bf16(8, 204, 64, DataType.FP32), operands));
    assertEquals(List.of("DG-ARG-06"), ids(GemmDesc.bf16(8, 206, 64, DataType.FP32), operands));
  }

  @Test
  void scales_ofAnUnscaledGemm_areRefused() {
    assertEquals(
        List.of("DG-ARG-05", "DG-ARG-05"),
        ids(BF16, GemmOperands.of(GOOD, GOOD, GOOD, GOOD, GOOD)));
  }

  @Test
  void scalesOfB_needOnlyTheAlignmentOfFloats() {
    DeviceMatrix odd = new DeviceMatrix(0x1004, 3);
    assertEquals(List.of(), ids(FP8, GemmOperands.of(GOOD, GOOD, GOOD, GOOD, odd)));
    DeviceMatrix crooked = new DeviceMatrix(0x1002, 2);
    assertEquals(
        List.of("DG-ARG-01", "DG-ARG-02"),
        ids(FP8, GemmOperands.of(GOOD, GOOD, GOOD, GOOD, crooked)));
  }
}
