package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.OperandRole;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.TensorMap;
import dev.deepgemm.api.TensorMap.Element;
import dev.deepgemm.api.TensorMap.Swizzle;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchPlanTest {
  private final Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());

  private final GemmOperands scaled =
      GemmOperands.of(
          new DeviceMatrix(0x10000, 1024),
          new DeviceMatrix(0x20000, 1040),
          new DeviceMatrix(0x30000, 2048),
          new DeviceMatrix(0x40000, 700),
          new DeviceMatrix(0x50000, 9));

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
    TensorMap map = new TensorMap(type, address, dims, List.of(stride), box, s, 256);
    return new KernelArg.Map(map, new KernelArg.Origin(role, 0));
  }

  /** Whoever launches again on operands elsewhere fills in addresses, and need not ask for a plan. */
  @ParameterizedTest
  @CsvSource({"700, 2000, 1000, true", "7, 2000, 1000, false", "64, 96, 300, true"})
  void plan_movedToOtherOperands_isTheirPlan(int m, int n, int k, boolean constant) {
    GemmOperands elsewhere =
        GemmOperands.builder()
            .a(0xa0000, 1024)
            .b(0xb0000, 1040)
            .d(0xc0000, 2048)
            .scalesA(0xd0000, 700)
            .scalesB(0xe0000, 9)
            .constantB(constant)
            .build();
    for (int bm : new int[] {16, 64, 256}) {
      KernelSpec spec = Specs.spec(Specs.Kind.FP8, bm, 64, 4, Multicast.NONE);
      GemmConfig config = Specs.config(spec, GemmDesc.fp8(m, n, k), 130);
      LaunchPlan moved = kernels.plan(config, scaled.withConstantB(constant)).on(elsewhere);
      assertEquals(kernels.plan(config, elsewhere), moved);
    }
  }

  /** 112 columns are stored by two CTAs, 64 and 48 of them, so by boxes of 16. */
  @ParameterizedTest
  @CsvSource({
    "BF16, 2, 16, B32",
    "BF16_FP32, 2, 16, NONE",
    "BF16, 8, 16, B32",
    "BF16_FP32, 1, 112, NONE"
  })
  void plan_ofAClusterThatSplitsK_storesBoxesThatDivideEveryShare(
      Specs.Kind kind, int splitK, int columns, Swizzle swizzle) {
    KernelSpec alone = Specs.spec(kind, 64, 112, 4, Multicast.NONE);
    KernelSpec spec = Specs.withTeam(alone, new Team(alone.threads(), splitK));
    GemmDesc desc = kind.desc(700, 2000, 1000);
    GemmOperands operands =
        GemmOperands.unscaled(
            new DeviceMatrix(0x10000, 1024),
            new DeviceMatrix(0x20000, 1040),
            new DeviceMatrix(0x30000, 2048));
    KernelArg.Map d =
        (KernelArg.Map) kernels.plan(Specs.config(spec, desc, 128), operands).args().get(2);
    assertEquals(List.of(columns, 64), d.map().box());
    assertEquals(swizzle, d.map().swizzle());
  }

  @Test
  void plan_whereWarpsStoreThemselves_describesDAsMemory() {
    KernelSpec spec = Specs.spec(Specs.Kind.FP8, 64, 64, 3, Multicast.NONE);
    List<KernelArg> args =
        kernels.plan(Specs.config(spec, GemmDesc.fp8(700, 2000, 1000), 130), scaled).args();
    assertEquals(
        List.of(
            address(OperandRole.D, 0x30000),
            // Rows of 2,048 BF16 elements.
            new KernelArg.Int(256)),
        args.subList(args.size() - 2, args.size()));
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
    assertEquals(
        List.of(
            new KernelArg.Int(stepsOfB), new KernelArg.Int(linesOfB), new KernelArg.Int(linesOfA)),
        args.subList(14, 17));
  }

  @Test
  void scalesOfFewRows_areOneLongRow_thatEndsWhereTheyEnd() {
    KernelSpec spec = Specs.spec(Specs.Kind.FP8, 16, 32, 4, Multicast.NONE);
    List<KernelArg> flat =
        kernels.plan(Specs.config(spec, GemmDesc.fp8(7, 2000, 1000), 130), scaled).args();
    assertEquals(
        map(
            OperandRole.SCALES_A,
            Element.FP32,
            0x40000,
            List.of(4907L, 1L),
            2800,
            List.of(16, 1),
            Swizzle.NONE),
        flat.get(17));
    assertEquals(List.of(new KernelArg.Int(700), new KernelArg.Int(0)), flat.subList(18, 20));
    List<KernelArg> square =
        kernels.plan(Specs.config(spec, GemmDesc.fp8(8, 2000, 1000), 130), scaled).args();
    assertEquals(
        map(
            OperandRole.SCALES_A,
            Element.FP32,
            0x40000,
            List.of(8L, 8L),
            2800,
            List.of(16, 1),
            Swizzle.NONE),
        square.get(17));
    assertEquals(List.of(new KernelArg.Int(0), new KernelArg.Int(1)), square.subList(18, 20));
  }

  @Test
  void plan_passesWhatTheKernelDeclares() {
    for (Specs.Kind kind : Specs.Kind.values()) {
      KernelSpec spec = Specs.spec(kind, 128, 128, 3, Multicast.NONE);
      GemmOperands operands =
          kind == Specs.Kind.FP8
              ? scaled
              : GemmOperands.unscaled(scaled.a(), scaled.b(), scaled.d());
      LaunchPlan plan = kernels.plan(Specs.config(spec, kind.desc(640, 1024, 1000), 132), operands);
      PtxModule module = kernels.emit(spec);
      List<String> declared =
          Pattern.compile("\\.param ([^,\\n]*)")
              .matcher(module.text())
              .results()
              .map(match -> match.group(1).replaceAll(" \\w+(\\[128])?$", "$1"))
              .toList();
      List<String> passed =
          plan.args().stream()
              .map(
                  arg ->
                      arg instanceof KernelArg.Map
                          ? ".align 64 .b8[128]"
                          : arg instanceof KernelArg.Address ? ".u64" : ".u32")
              .toList();
      assertEquals(declared, passed);
    }
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
