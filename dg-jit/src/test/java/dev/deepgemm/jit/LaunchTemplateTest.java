package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeviceMatrix;
import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmOperands;
import dev.deepgemm.api.KernelArg;
import dev.deepgemm.api.LaunchPlan;
import dev.deepgemm.api.Options;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaunchTemplateTest {
  private static final ArchSpec SM90 = new Sm90Spec();
  private static final KernelProvider KERNELS = SM90.kernels().orElseThrow();

  private static GemmConfig config(GemmDesc desc) {
    return ConfigSelector.create(Options.defaults()).select(SM90, desc);
  }

  private static final GemmConfig FP8 = config(GemmDesc.fp8(100, 512, 1024));
  private static final GemmConfig BF16 = config(GemmDesc.bf16(100, 512, 1024, DataType.BF16));

  static GemmOperands fp8(long base, long strideOfA) {
    return GemmOperands.of(
        new DeviceMatrix(base, strideOfA),
        new DeviceMatrix(base + 0x10, 1024),
        new DeviceMatrix(base + 0x20, 512),
        new DeviceMatrix(base + 0x30, 100),
        new DeviceMatrix(base + 0x40, 8));
  }

  static GemmOperands bf16(long a, long b, long d) {
    return GemmOperands.unscaled(
        new DeviceMatrix(a, 1024), new DeviceMatrix(b, 1024), new DeviceMatrix(d, 512));
  }

  @Test
  void boundTemplate_isThePlan_forEveryKind() {
    LaunchTemplate fp8 = LaunchTemplate.of(KERNELS, FP8, fp8(0x7000, 1024));
    assertTrue(fp8.isOpen());
    for (long base : new long[] {0x7000, 0x7f00_0000_0000L}) {
      assertEquals(KERNELS.plan(FP8, fp8(base, 1024)), fp8.bind(fp8(base, 1024)));
    }
    LaunchTemplate bf16 = LaunchTemplate.of(KERNELS, BF16, bf16(0x10, 0x20, 0x30));
    assertTrue(bf16.isOpen());
    assertEquals(
        KERNELS.plan(BF16, bf16(0x50, 0x50, 0x90)),
        bf16.bind(bf16(0x50, 0x50, 0x90)),
        "two operands at one address");
  }

  @Test
  void template_fitsItsStridesAlone() {
    LaunchTemplate template = LaunchTemplate.of(KERNELS, FP8, fp8(0x7000, 1024));
    assertTrue(template.fits(fp8(0x9000, 1024), false));
    assertFalse(template.fits(fp8(0x7000, 2048), false), "another stride of a");
    GemmOperands unscaled = bf16(0x10, 0x20, 0x30);
    assertFalse(template.fits(fp8(0x9000, 1024), true), "another promise about b");
    assertFalse(template.fits(unscaled, false), "no scales");
    assertFalse(
        LaunchTemplate.of(KERNELS, BF16, unscaled).fits(fp8(0x7000, 1024), false), "scales");
  }

  /** A provider whose plans are what a test makes of SM90's. */
  private interface Change {
    void to(List<KernelArg> args, GemmOperands operands);
  }

  private static KernelProvider changed(Change change) {
    return (KernelProvider)
        Proxy.newProxyInstance(
            LaunchTemplateTest.class.getClassLoader(),
            new Class<?>[] {KernelProvider.class},
            (proxy, method, arguments) -> {
              LaunchPlan plan = (LaunchPlan) method.invoke(KERNELS, arguments);
              List<KernelArg> args = new ArrayList<>(plan.args());
              change.to(args, (GemmOperands) arguments[1]);
              return new LaunchPlan(
                  plan.grid(), plan.threads(), plan.cluster(), plan.smemBytes(), args);
            });
  }

  @Test
  void addressPlusAConstant_staysOpen() {
    KernelProvider shifted =
        changed((args, operands) -> args.add(new KernelArg.Address(operands.d().address() + 4096)));
    LaunchTemplate template = LaunchTemplate.of(shifted, BF16, bf16(0x10, 0x20, 0x30));
    assertTrue(template.isOpen());
    GemmOperands other = bf16(0x110, 0x120, 0x130);
    assertEquals(shifted.plan(BF16, other), template.bind(other));
  }

  @Test
  void planThatComputesWithAddresses_isAskedForEveryTime() {
    KernelProvider odd =
        changed(
            (args, operands) ->
                args.add(
                    new KernelArg.Int(
                        (int) ((operands.b().address() - operands.a().address()) >> 44))));
    GemmOperands operands = bf16(0x10, 0x20, 0x30);
    LaunchTemplate template = LaunchTemplate.of(odd, BF16, operands);
    assertFalse(template.isOpen());
    assertFalse(template.fits(operands, false));
    assertEquals(odd.plan(BF16, operands), template.bind(operands));
  }
}
