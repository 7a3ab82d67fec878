package dev.deepgemm.measure.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DeviceMonitorTest {
  @Test
  void samples_areThoseOfTheSpan_orTheClosest() {
    DeviceMonitor monitor = DeviceMonitor.none();
    for (int i = 0; i < 5; i++) {
      monitor.add(new DeviceMonitor.Sample(1000 + 250 * i, 1000 + i, 1, 1, 1));
    }
    assertEquals(2, monitor.between(1200, 1600).size());
    assertEquals(1002, monitor.between(1510, 1520).get(0).smMhz());
    assertTrue(DeviceMonitor.none().between(0, 1).isEmpty());
    assertTrue(DeviceMonitor.Sample.of("2026/11/23 07:00:00.250, 1755, 2619, [N/A], 61").isEmpty());
  }
}
