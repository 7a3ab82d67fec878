package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.kernels.launch.OperandRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OperandRulesTest {
  private static final DeviceMatrix GOOD = new DeviceMatrix(0x1000, 512);
  private static final GemmDesc FP8 = GemmDesc.fp8(100, 200, 300);
  private static final GemmDesc BF16 = GemmDesc.bf16(100, 200, 300, DataType.BF16);
  private static final GemmOperands SCALED = GemmOperands.of(GOOD, GOOD, GOOD, GOOD, GOOD);
  private static final GemmOperands UNSCALED = GemmOperands.unscaled(GOOD, GOOD, GOOD);

  private final Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());

  private List<String> ids(GemmDesc desc, GemmOperands operands) {
    return kernels.check(desc, operands).stream().map(Problem::id).toList();
  }

  private static List<Signature> signatures() {
    return Specs.signatures();
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void padded_raggedExtents_areLegal(Signature signature) {
    GemmOperands operands = signature.scaling().isScaled() ? SCALED : UNSCALED;
    assertEquals(List.of(), ids(GemmDesc.of(signature, new Shape.Dense(100, 200, 300)), operands));
    assertEquals(List.of(), ids(GemmDesc.of(signature, new Shape.Dense(1, 8, 1)), operands));
  }

  /** The short answer is the long one's, rule by rule, also where many things are wrong at once. */
  @ParameterizedTest
  @MethodSource("signatures")
  void holds_saysWhatTheExplanationSays(Signature signature) {
    Random random = new Random(1);
    List<OperandRule> rules = Sm90Gemm.rules(signature);
    int[] held = new int[rules.size()];
    int clean = 0;
    int cases = 1000;
    for (int i = 0; i < cases; i++) {
      GemmDesc desc = GemmDesc.of(signature, shape(random));
      GemmOperands operands = randomOperands(random, desc);
      List<Problem> all = new ArrayList<>();
      for (int j = 0; j < held.length; j++) {
        List<Problem> problems = new ArrayList<>();
        rules.get(j).explain(desc, operands, problems);
        boolean holds = rules.get(j).holds(desc, operands);
        assertEquals(problems.isEmpty(), holds, () -> desc + " " + operands + problems);
        held[j] += holds ? 1 : 0;
        all.addAll(problems);
      }
      assertEquals(all, kernels.check(desc, operands));
      clean += all.isEmpty() ? 1 : 0;
    }
    assertTrue(clean > cases / 20 && clean < cases / 2, clean + " of " + cases + " are clean");
    for (int j = 0; j < held.length; j++) {
      int broken = cases - held[j];
      assertTrue(broken > cases / 50 && held[j] > cases / 2, rules.get(j) + " held " + held[j]);
    }
  }

  private static Shape.Dense shape(Random random) {
    int n = random.nextInt(4) == 0 ? 1 + random.nextInt(40) : 8 * (1 + random.nextInt(4));
    return new Shape.Dense(1 + random.nextInt(20), n, 1 + random.nextInt(300));
  }

  private static GemmOperands randomOperands(Random random, GemmDesc desc) {
    GemmOperands operands = UNSCALED;
    for (OperandRole role : OperandRole.values()) {
      boolean usual =
          switch (role) {
            case SCALES_A, SCALES_B -> desc.scaling().isScaled();
            case C -> desc.accumulate() && random.nextBoolean();
            case GROUP_LAYOUT, MASKED_ROWS, GROUP_SIZES -> false;
            default -> true;
          };
      boolean there = usual != (random.nextInt(15) == 0);
      operands = operands.with(role, there ? any(random, columns(role, desc)) : null);
    }
    // Mostly D itself.
    boolean elsewhere = operands.c() == null || random.nextInt(5) == 0;
    return elsewhere ? operands : operands.with(OperandRole.C, operands.get(OperandRole.D));
  }

  private static int columns(OperandRole role, GemmDesc desc) {
    return switch (role) {
      case A, B -> Math.max(desc.k(), Math.max(desc.m(), desc.n()));
      case SCALES_B -> Math.max(desc.n(), 3);
      case SCALES_A -> desc.m();
      default -> desc.n();
    };
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
      case 7 -> stride = 0;
      default -> {}
    }
    return new DeviceMatrix(address, stride);
  }

  @Test
  void everyProblem_isFoundAtOnce() {
    DeviceMatrix crooked = new DeviceMatrix(0x1008, 301);
    List<Problem> problems =
        kernels.check(FP8, GemmOperands.of(crooked, GOOD, crooked, null, GOOD));
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
    assertEquals(List.of("DG-ARG-02"), ids(BF16, UNSCALED.with(OperandRole.A, narrow)));
  }

  /** A row of an MN-major operand is one of m or n. */
  @ParameterizedTest
  @CsvSource({"TN, A, 96", "TN, B, 192", "NN, A, 296", "NT, B, 296", "TT, A, 96", "TT, B, 296"})
  void stride_shorterThanTheRowOfTheLayout_isRefused(String layout, OperandRole role, int stride) {
    Signature signature = Specs.Kind.BF16.signature(layout, false);
    GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(100, 200, 300));
    DeviceMatrix narrow = new DeviceMatrix(0x1000, stride);
    assertEquals(List.of("DG-ARG-02"), ids(desc, UNSCALED.with(role, narrow)));
    DeviceMatrix wide = new DeviceMatrix(0x1000, stride + 8);
    assertEquals(List.of(), ids(desc, UNSCALED.with(role, wide)));
  }

  @Test
  void missingMatrix_isNamedWithItsLayout() {
    Signature signature = Specs.Kind.BF16.signature("TN", true);
    GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(100, 200, 300));
    GemmOperands nothing =
        UNSCALED
            .with(OperandRole.A, null)
            .with(OperandRole.B, null)
            .with(OperandRole.D, null)
            .with(OperandRole.C, GOOD);
    List<Problem> problems = kernels.check(desc, nothing);
    assertEquals(
        List.of("DG-ARG-04", "DG-ARG-04", "DG-ARG-04"),
        problems.stream().map(Problem::id).toList());
    assertTrue(problems.get(0).message().contains("a is missing"), problems.get(0).message());
    assertTrue(problems.get(0).message().contains("[k, m], m contiguous"));
    assertTrue(problems.get(1).message().contains("[k, n], n contiguous"));
    assertTrue(problems.get(2).message().contains("d is missing"));
  }

  @Test
  void address_null_isRefused() {
    GemmOperands operands = UNSCALED.with(OperandRole.B, new DeviceMatrix(0, 512));
    assertEquals(List.of("DG-ARG-01"), ids(BF16, operands));
  }

  @Test
  void n_thatDoesNotFillAUnit_isRefusedBecauseTmaWouldWriteBehindIt() {
    assertEquals(List.of("DG-ARG-06"), ids(GemmDesc.bf16(8, 204, 64, DataType.BF16), UNSCALED));
    assertEquals(List.of(), ids(GemmDesc.bf16(8, 204, 64, DataType.FP32), UNSCALED));
    assertEquals(List.of("DG-ARG-06"), ids(GemmDesc.bf16(8, 206, 64, DataType.FP32), UNSCALED));
  }

  @Test
  void scales_ofAnUnscaledGemm_areRefused() {
    assertEquals(List.of("DG-ARG-05", "DG-ARG-05"), ids(BF16, SCALED));
  }

  @Test
  void c_whereNothingIsAccumulated_isRefused() {
    assertEquals(List.of("DG-ARG-05"), ids(BF16, UNSCALED.with(OperandRole.C, GOOD)));
  }

  @Test
  void c_ofAnAccumulatedProduct_isDOrAbsent() {
    GemmDesc desc = BF16.withSignature(BF16.signature().withAccumulate(true));
    assertEquals(List.of(), ids(desc, UNSCALED));
    assertEquals(List.of(), ids(desc, UNSCALED.with(OperandRole.C, GOOD)));
    DeviceMatrix elsewhere = new DeviceMatrix(0x2000, 512);
    List<Problem> problems = kernels.check(desc, UNSCALED.with(OperandRole.C, elsewhere));
    assertEquals(List.of("DG-ARG-07"), problems.stream().map(Problem::id).toList());
    assertTrue(problems.get(0).message().contains("0x2000"), problems.get(0).message());
    DeviceMatrix wider = new DeviceMatrix(0x1000, 520);
    problems = kernels.check(desc, UNSCALED.with(OperandRole.C, wider));
    assertTrue(problems.get(0).message().contains("520"), problems.get(0).message());
  }

  @Test
  void scalesOfBlocks_needOnlyTheAlignmentOfFloats() {
    DeviceMatrix odd = new DeviceMatrix(0x1004, 3);
    assertEquals(List.of(), ids(FP8, SCALED.with(OperandRole.SCALES_B, odd)));
    DeviceMatrix crooked = new DeviceMatrix(0x1002, 2);
    assertEquals(
        List.of("DG-ARG-01", "DG-ARG-02"), ids(FP8, SCALED.with(OperandRole.SCALES_B, crooked)));
  }

  /** TMA reads them. */
  @Test
  void scalesOfRowsOfB_areAlignedAndAsManyAsColumns() {
    GemmDesc desc = Specs.Kind.FP8_1D1D.desc(100, 200, 300);
    assertEquals(List.of(), ids(desc, SCALED));
    DeviceMatrix crooked = new DeviceMatrix(0x1004, 198);
    assertEquals(
        List.of("DG-ARG-01", "DG-ARG-02", "DG-ARG-03"),
        ids(desc, SCALED.with(OperandRole.SCALES_B, crooked)));
  }
}
