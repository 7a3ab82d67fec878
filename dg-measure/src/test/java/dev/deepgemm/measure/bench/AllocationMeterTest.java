package dev.deepgemm.measure.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class AllocationMeterTest {
  private final AllocationMeter meter = new AllocationMeter();

  @Test
  void askingTwice_differsByNothing() {
    assumeTrue(meter.counts(), "this JVM does not count what a thread allocates");
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 100; round++) {
      long before = meter.bytes();
      least = Math.min(least, meter.bytes() - before);
    }
    assertEquals(0, least);
  }

  @Test
  void array_isCounted() {
    assumeTrue(meter.counts(), "this JVM does not count what a thread allocates");
    long before = meter.bytes();
    byte[] array = new byte[100_000];
    long bytes = meter.bytes() - before;
    assertTrue(bytes >= array.length, bytes + " bytes");
  }
}
