package dev.deepgemm.testkit.conformance;

import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;

/** The plugin for SM90 keeps the rules. */
class Sm90ConformanceTest extends ArchConformance {
  @Override
  protected ArchSpec arch() {
    return new Sm90Spec();
  }

  @Override
  protected Capabilities capabilities() {
    return Capabilities.only(
        Capability.KERNELS,
        Capability.BF16_TO_BF16,
        Capability.BF16_TO_FP32,
        Capability.FP8_1D2D,
        Capability.FP8_1D1D,
        Capability.ACCUMULATE,
        Capability.MN_MAJOR_A,
        Capability.MN_MAJOR_B,
        Capability.MINIMIZE_SMS_SWITCH);
  }
}
