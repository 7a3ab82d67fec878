package dev.deepgemm.testkit.conformance;

import dev.deepgemm.sm100.Sm100Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;

/** The plugin for SM100 keeps the rules; it only configures. */
class Sm100ConformanceTest extends ArchConformance {
  @Override
  protected ArchSpec arch() {
    return new Sm100Spec();
  }

  @Override
  protected Capabilities capabilities() {
    return Capabilities.all().without(Capability.KERNELS);
  }
}
