package org.example.sm120;

import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.ArchConformance;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;

class Sm120ConformanceTest extends ArchConformance {
  @Override
  protected ArchSpec arch() {
    return new Sm120Spec();
  }

  @Override
  protected Capabilities capabilities() {
    return Capabilities.only(
        Capability.KERNELS,
        Capability.BF16_TO_BF16,
        Capability.BF16_TO_FP32,
        Capability.MINIMIZE_SMS_SWITCH);
  }
}
