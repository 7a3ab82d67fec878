package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.api.launch.TensorMap.Element;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchPlanTest {
  private static final Pattern PARAMETER =
      Pattern.compile("\\.param ([^,\\n]*?) (\\w+)(\\[128])?,?\\n");

  private final Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());

  private final GemmOperands scaled =
      GemmOperands.of(
          new DeviceMatrix(0x10000, 1024),
          new DeviceMatrix(0x20000, 1040),
          new DeviceMatrix(0x30000, 2048),
          new DeviceMatrix(0x40000, 700),
          new DeviceMatrix(0x50000, 9));

  /** What a launch passes for each parameter of the kernel. */
  private Map<String, KernelArg> byName(KernelSpec spec, GemmDesc desc, GemmOperands operands) {
    List<String> names =
        PARAMETER.matcher(kernels.emit(spec).text()).results().map(m -> m.group(2)).toList();
    List<KernelArg> args = kernels.plan(Specs.config(spec, desc, 128), operands).args();
    assertEquals(names.size(), args.size());
    return IntStream.range(0, args.size()).boxed().collect(Collectors.toMap(names::get, args::get));
  }

  @Test
  void plan_ofAScaledGemm_describesEveryOperand() {
    KernelSpec spec = Specs.spec(Specs.Kind.FP8, 256, 96, 3, Multicast.ON_A);
    GemmDesc desc = GemmDesc.fp8(700, 2000, 1000);
    LaunchPlan plan = kernels.plan(Specs.config(spec, desc, 130), scaled);

    assertEquals(130, plan.grid());
    assertEquals(384, plan.threads());
    assertEquals(2, plan.cluster());
    assertEquals(Sm90SmemLayout.of(spec, 1000).usage().total(3), plan.smemBytes());
    assertEquals(
        List.of(
            // A is shared: each CTA of a pair fetches half of the 256 rows.
            map(
                OperandRole.A,
                Element.U8,
                0x10000,
                List.of(1000L, 700L),
                1024,
                List.of(128, 128),
                Swizzle.B128),
            map(
                OperandRole.B,
                Element.U8,
                0x20000,
                List.of(1000L, 2000L),
                1040,
                List.of(128, 96),
                Swizzle.B128),
            // 96 columns of BF16 are 192 bytes: three ranges of 64.
            map(
                OperandRole.D,
                Element.BF16,
                0x30000,
                List.of(2000L, 700L),
                4096,
                List.of(32, 64),
                Swizzle.B64),
            new KernelArg.Int(3),
            new KernelArg.Int(21),
            new KernelArg.Int(8),
            new KernelArg.Int(8),
            // 21 tiles along n are 10 pairs, times 3, and a last column of 3 tiles in 2 pairs.
            new KernelArg.Int(32),
            // A as plain memory: rows of 1,024 bytes, 700 of them.
            address(OperandRole.A, 0x10000),
            new KernelArg.Int(64),
            new KernelArg.Int(700),
            // B: rows of 1,040 bytes, 2,000 of them.
            address(OperandRole.B, 0x20000),
            new KernelArg.Int(65),
            new KernelArg.Int(2000),
            // Nothing early.
            new KernelArg.Int(0),
            new KernelArg.Int(0),
            new KernelArg.Int(0),
            map(
                OperandRole.SCALES_A,
                Element.FP32,
                0x40000,
                List.of(700L, 8L),
                2800,
                List.of(256, 1),
                Swizzle.NONE),
            new KernelArg.Int(0),
            new KernelArg.Int(1),
            address(OperandRole.SCALES_B, 0x50000),
            new KernelArg.Int(9),
            new KernelArg.Int(16)),
        plan.args());
  }

  /** The address of an operand, which says whose it is. */
  private static KernelArg address(OperandRole role, long address) {
    return new KernelArg.Address(address, new KernelArg.Origin(role, 0));
  }

  private static KernelArg map(
      OperandRole role,
      Element type,
      long address,
      List<Long> dims,
      long stride,
      List<Integer> box,
      Swizzle s) {
    TensorMap map =
        TensorMap.builder(type)
            .address(address)
            .dims(dims)
            .strides(List.of(stride))
            .box(box)
            .swizzle(s)
            .l2Promotion(256)
            .build();
    return new KernelArg.Map(map, new KernelArg.Origin(role, 0));
  }

  @Test
  void plan_ofScalesByRow_describesBothAsRows() {
    KernelSpec spec = Specs.spec(Specs.Kind.FP8_1D1D, 128, 40, 3, Multicast.ON_B);
    GemmOperands operands = scaled.with(OperandRole.SCALES_B, new DeviceMatrix(0x50000, 2004));
    Map<String, KernelArg> args = byName(spec, Specs.Kind.FP8_1D1D.desc(700, 2000, 1000), operands);
    assertEquals(
        map(
            OperandRole.SCALES_B,
            Element.FP32,
            0x50000,
            List.of(2000L, 8L),
            8016,
            List.of(40, 1),
            Swizzle.NONE),
        args.get("map_sfb"));
    assertEquals(
        map(
            OperandRole.B,
            Element.U8,
            0x20000,
            List.of(1000L, 2000L),
            1040,
            List.of(128, 20),
            Swizzle.B128),
        args.get("map_b"));
    assertEquals(
        map(
            OperandRole.D,
            Element.FP32,
            0x30000,
            List.of(2000L, 700L),
            8192,
            List.of(40, 64),
            Swizzle.NONE),
        args.get("map_d"));
    assertFalse(args.containsKey("sfb"));
  }

  /** Boxes are as wide as a swizzle of the contiguous dimension and as high as a slot's k, or half of it. */
  @ParameterizedTest
  @CsvSource({
    "NONE, 128, 64, 64, 64, B128, 64, 64, B128",
    "ON_A, 128, 48, 64, 32, B128, 16, 64, B32",
    "ON_B, 64, 96, 64, 64, B128, 32, 32, B64",
  })
  void plan_ofMnMajorOperands_describesColumns(
      Multicast multicast,
      int bm,
      int bn,
      int wideA,
      int highA,
      Swizzle a,
      int wideB,
      int highB,
      Swizzle b) {
    Signature signature = Specs.Kind.BF16.signature("TN", false);
    KernelSpec spec = Specs.spec(signature, bm, bn, 3, multicast, Specs.team(bm, 1, 1));
    GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(700, 2000, 1000));
    Map<String, KernelArg> args = byName(spec, desc, Specs.operands(signature, 0x10000, false));
    List<Long> dimsOfA = List.of(700L, 1000L);
    List<Long> dimsOfB = List.of(2000L, 1000L);
    assertEquals(
        map(OperandRole.A, Element.BF16, 0x10000, dimsOfA, 4096, List.of(wideA, highA), a),
        args.get("map_a"));
    assertEquals(
        map(OperandRole.B, Element.BF16, 0x20000, dimsOfB, 4128, List.of(wideB, highB), b),
        args.get("map_b"));
  }

  /** Lines of an operand are asked for by rows of k: where those are not contiguous, none is. */
  @ParameterizedTest
  @CsvSource({"NT, 384, 96", "NN, 0, 96", "TT, 384, 0", "TN, 0, 0"})
  void hintsAreOfKMajorOperands(String layout, int linesOfB, int linesOfA) {
    Signature signature = Specs.Kind.BF16.signature(layout, false);
    KernelSpec spec = Specs.spec(signature, 64, 96, 3, Multicast.NONE, Specs.team(64, 1, 1));
    GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(64, 2000, 1000)).withSmLimit(132);
    Map<String, KernelArg> args = byName(spec, desc, Specs.operands(signature, 0x10000, false));
    assertEquals(new KernelArg.Int(linesOfB), args.get("early_lines_of_b"));
    assertEquals(new KernelArg.Int(linesOfA), args.get("early_lines_of_a"));
    assertEquals(new KernelArg.Int(0), args.get("early_steps_of_b"));
    // Any layout can be fetched early.
    args = byName(spec, desc, Specs.operands(signature, 0x10000, true));
    assertEquals(new KernelArg.Int(3), args.get("early_steps_of_b"));
    assertEquals(new KernelArg.Int(0), args.get("early_lines_of_b"));
  }

  /** 112 columns are added by two CTAs, 64 and 48 of them, so by boxes of 16. */
  @ParameterizedTest
  @CsvSource({
    "BF16, 2, 16, B32",
    "BF16_FP32, 2, 16, NONE",
    "BF16, 8, 16, B32",
    "BF16_FP32, 1, 112, NONE"
  })
  void plan_ofAClusterThatSplitsK_storesBoxesThatDivideEveryShare(
      Specs.Kind kind, int splitK, int columns, Swizzle swizzle) {
    Signature signature = kind.signature("NT", true);
    KernelSpec spec = Specs.spec(signature, 64, 112, 4, Multicast.NONE, Specs.team(64, 1, splitK));
    GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(700, 2000, 1000));
    GemmOperands operands =
        GemmOperands.unscaled(
            new DeviceMatrix(0x10000, 1024),
            new DeviceMatrix(0x20000, 1040),
            new DeviceMatrix(0x30000, 2048));
    KernelArg.Map d = (KernelArg.Map) byName(spec, desc, operands).get("map_d");
    assertEquals(List.of(columns, 64), d.map().box());
    assertEquals(swizzle, d.map().swizzle());
  }

  @Test
  void plan_whereWarpsStoreThemselves_describesDAsMemory() {
    KernelSpec spec = Specs.spec(Specs.Kind.FP8, 64, 64, 3, Multicast.NONE);
    Map<String, KernelArg> args = byName(spec, GemmDesc.fp8(700, 2000, 1000), scaled);
    assertEquals(address(OperandRole.D, 0x30000), args.get("d"));
    // Rows of 2,048 BF16 elements.
    assertEquals(new KernelArg.Int(256), args.get("d_stride16"));
    assertEquals(new KernelArg.Int(700), args.get("d_rows"));
    assertEquals(new KernelArg.Int(2000), args.get("d_columns"));
    assertFalse(args.containsKey("map_d"));
  }

  /** Warps do not add: TMA does, whatever the tile. */
  @Test
  void plan_ofAnAccumulatedProduct_isOfTheMapOfD() {
    Signature signature = Signature.FP8.withAccumulate(true);
    KernelSpec spec = Specs.spec(signature, 64, 64, 3, Multicast.NONE, Specs.team(64, 1, 1));
    GemmDesc desc = GemmDesc.of(signature, new Shape.Dense(700, 2000, 1000));
    Map<String, KernelArg> args = byName(spec, desc, scaled);
    assertTrue(args.containsKey("map_d"));
    assertFalse(args.containsKey("d"));
    assertEquals(args, byName(spec, desc, scaled.with(OperandRole.C, scaled.d())));
  }

  @ParameterizedTest(name = "{0} rows on {1} SMs, B constant: {2}")
  @CsvSource({
    "64, 130, true, 3, 0, 96",
    "64, 130, false, 0, 384, 96",
    "64, 132, true, 0, 384, 96",
    "64, 132, false, 0, 384, 96",
    "700, 130, true, 0, 0, 0",
    "700, 130, false, 0, 0, 0"
  })
  void whatIsDoneEarly(int m, int sms, boolean constant, int stepsOfB, int linesOfB, int linesOfA) {
    KernelSpec spec = Specs.spec(Specs.Kind.FP8, 64, 96, 3, Multicast.NONE);
    GemmDesc desc = GemmDesc.fp8(m, 2000, 1000).withSmLimit(132);
    List<KernelArg> args =
        kernels.plan(Specs.config(spec, desc, sms), scaled.withConstantB(constant)).args();
    List<KernelArg> early =
        List.of(
            new KernelArg.Int(stepsOfB), new KernelArg.Int(linesOfB), new KernelArg.Int(linesOfA));
    assertEquals(14, Collections.indexOfSubList(args, early));
  }

  @Test
  void scalesOfFewRows_areOneLongRow_thatEndsWhereTheyEnd() {
    KernelSpec spec = Specs.spec(Specs.Kind.FP8, 16, 32, 4, Multicast.NONE);
    Map<String, KernelArg> flat = byName(spec, GemmDesc.fp8(7, 2000, 1000), scaled);
    assertEquals(
        map(
            OperandRole.SCALES_A,
            Element.FP32,
            0x40000,
            List.of(4907L, 1L),
            2800,
            List.of(16, 1),
            Swizzle.NONE),
        flat.get("map_sfa"));
    assertEquals(new KernelArg.Int(700), flat.get("sfa_across"));
    assertEquals(new KernelArg.Int(0), flat.get("sfa_down"));
    Map<String, KernelArg> square = byName(spec, GemmDesc.fp8(8, 2000, 1000), scaled);
    assertEquals(
        map(
            OperandRole.SCALES_A,
            Element.FP32,
            0x40000,
            List.of(8L, 8L),
            2800,
            List.of(16, 1),
            Swizzle.NONE),
        square.get("map_sfa"));
    assertEquals(new KernelArg.Int(0), square.get("sfa_across"));
    assertEquals(new KernelArg.Int(1), square.get("sfa_down"));
  }

  @Test
  void plan_withIllegalOperands_isRefused() {
    KernelSpec spec = Specs.spec(Specs.Kind.BF16, 128, 128, 3, Multicast.NONE);
    GemmDesc desc = GemmDesc.bf16(64, 64, 64, DataType.BF16);
    DeviceMatrix crooked = new DeviceMatrix(0x1001, 64);
    assertThrows(
        InvalidGemmException.class,
        () ->
            kernels.plan(
                Specs.config(spec, desc, 1), GemmOperands.unscaled(crooked, crooked, crooked)));
  }
}
