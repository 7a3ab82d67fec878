package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.OperandRole;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.call.GemmCall;
import dev.deepgemm.jit.call.Gemms;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LaunchTemplateTest {
  private static final ArchSpec SM90 = new Sm90Spec();
  private static final KernelProvider KERNELS = SM90.kernels().orElseThrow();
  private static final int M = 112;
  private static final int N = 512;
  private static final int K = 1024;

  /** Every combination of operands that SM90's kernels have. */
  static List<Signature> signatures() {
    List<Signature> signatures = new ArrayList<>();
    for (boolean accumulate : new boolean[] {false, true}) {
      signatures.add(Signature.FP8.withAccumulate(accumulate));
      signatures.add(
          Signature.FP8
              .withScaling(ScaleScheme.FP32_1D1D)
              .withOutput(DataType.FP32)
              .withAccumulate(accumulate));
      for (Major a : Major.values()) {
        for (Major b : Major.values()) {
          signatures.add(Signature.BF16.withMajors(a, b).withAccumulate(accumulate));
          signatures.add(
              Signature.BF16.withMajors(a, b).withOutput(DataType.FP32).withAccumulate(accumulate));
        }
      }
    }
    return signatures;
  }

  private static GemmConfig config(Signature signature) {
    return ConfigSelector.create(Options.defaults()).select(SM90, operands(signature, 0).desc());
  }

  private static GemmCall operands(Signature signature, long base) {
    var gemm =
        Gemms.dense(signature).size(M, N, K).a(base + 0x1000).b(base + 0x2000).d(base + 0x3000);
    if (signature.scaling().isScaled()) {
      gemm.scalesA(base + 0x4000).scalesB(base + 0x5000);
    }
    return gemm.build();
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void plan_isTheSameFromOperandsToOperands_addressesWithAnOriginAside(Signature signature) {
    GemmConfig config = config(signature);
    GemmOperands here = operands(signature, 0x7f00_0000_0000L).operands();
    GemmOperands there = operands(signature, 0x10_0000).operands();
    LaunchTemplate template = LaunchTemplate.of(KERNELS.plan(config, here), here);
    assertEquals(KERNELS.plan(config, there), template.plan().on(there));
    assertEquals(KERNELS.plan(config, here), template.plan(), "and is itself what it was");
    Set<Long> bound = new TreeSet<>();
    for (int i = 0; i < template.plan().args().size(); i++) {
      if (template.isBound(i)) {
        bound.add(template.address(i, there));
      }
    }
    Set<Long> given = new TreeSet<>();
    there.roles().forEach(role -> given.add(there.require(role).address()));
    assertEquals(given, bound, "every operand reaches the kernel");
  }

  private static LaunchTemplate template(GemmOperands operands) {
    LaunchPlan plan =
        new LaunchPlan(
            1,
            32,
            1,
            0,
            List.of(
                KernelArg.Address.of(operands, OperandRole.A),
                new KernelArg.Address(0x77),
                new KernelArg.Int(5),
                new KernelArg.Address(
                    operands.d().address() + 4096, new KernelArg.Origin(OperandRole.D, 4096))));
    return LaunchTemplate.of(plan, operands);
  }

  private static GemmOperands.Builder dense(long base) {
    return GemmOperands.builder().a(base, 1024).b(base + 0x10, 1024).d(base + 0x20, 512);
  }

  @Test
  void boundArguments_followTheOperands_andConstantOnesStay() {
    LaunchTemplate template = template(dense(0x1000).build());
    GemmOperands other = dense(0x9000).build();
    assertEquals(
        List.of(true, false, false, true),
        List.of(
            template.isBound(0), template.isBound(1), template.isBound(2), template.isBound(3)));
    assertEquals(0x9000, template.address(0, other));
    assertEquals(0x9020 + 4096, template.address(3, other));
    assertThrows(IllegalArgumentException.class, () -> template.address(1, other));
    assertEquals(new KernelArg.Address(0x77), template.plan().on(other).args().get(1));
    assertEquals(new KernelArg.Int(5), template.plan().on(other).args().get(2));
  }

  @Test
  void argumentOfAMissingOperand_isAnError_notAnAddress() {
    GemmOperands scaled = dense(0x1000).scalesA(0x4000, 64).build();
    LaunchPlan plan =
        new LaunchPlan(1, 32, 1, 0, List.of(KernelArg.Address.of(scaled, OperandRole.SCALES_A)));
    LaunchTemplate template = LaunchTemplate.of(plan, scaled);
    InvalidGemmException e =
        assertThrows(InvalidGemmException.class, () -> template.address(0, dense(0x1000).build()));
    assertEquals("DG-ARG-04", e.problems().get(0).id());
  }

  @Test
  void template_fitsOtherAddresses_andTheStridesOfEveryRoleAlone() {
    GemmOperands own = dense(0x1000).c(0x7000, 512).scalesA(0x4000, 64).scalesB(0x5000, 8).build();
    LaunchTemplate template = template(own);
    GemmOperands elsewhere = own;
    for (OperandRole role : own.roles()) {
      DeviceMatrix matrix = own.require(role);
      elsewhere = elsewhere.with(role, matrix.at(matrix.address() + 0x10_0000));
      DeviceMatrix wider = new DeviceMatrix(matrix.address(), matrix.stride() + 16);
      assertFalse(template.fits(own.with(role, wider), false), () -> "another stride of " + role);
      DeviceMatrix grouped = new DeviceMatrix(matrix.address(), matrix.stride(), 1 << 20);
      assertFalse(template.fits(own.with(role, grouped), false), () -> "groups of " + role);
      assertFalse(template.fits(own.with(role, null), false), () -> "no " + role);
    }
    assertTrue(template.fits(elsewhere, false));
    assertFalse(
        template.fits(elsewhere.with(OperandRole.MASKED_ROWS, new DeviceMatrix(16, 1)), false),
        "a role more");
  }

  @Test
  void constantB_isPartOfTheLaunch_whateverTheOperandsSay() {
    GemmOperands own = dense(0x1000).build();
    assertFalse(template(own).fits(own, true));
    assertTrue(template(own.withConstantB(true)).fits(own, true));
    assertFalse(template(own.withConstantB(true)).fits(own.withConstantB(true), false));
  }

  @Test
  void fixedLaunch_fitsNoCall_andKeepsItsAddresses() {
    GemmOperands own = dense(0x1000).build();
    LaunchTemplate fixed = LaunchTemplate.fixed(template(own).plan());
    assertFalse(fixed.fits(own, false));
    for (int i = 0; i < 4; i++) {
      assertFalse(fixed.isBound(i));
    }
    assertThrows(IllegalArgumentException.class, () -> fixed.address(0, own));
  }
}
