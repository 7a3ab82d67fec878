package dev.deepgemm.measure.agree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.api.DataType;
import dev.deepgemm.reference.HostMatrix;
import org.junit.jupiter.api.Test;

class UlpStatisticsTest {
  private static HostMatrix row(DataType type, float... values) {
    HostMatrix matrix = HostMatrix.padded(type, 1, values.length);
    for (int i = 0; i < values.length; i++) {
      matrix.set(0, i, values[i]);
    }
    return matrix;
  }

  @Test
  void distance_countsTheValuesBetween_acrossZeroToo() {
    float next = 1 + 0x1p-7f;
    HostMatrix first = row(DataType.BF16, 1, 1, -1, 0, 2);
    HostMatrix second = row(DataType.BF16, 1, next, -1 - 0x1p-6f, -0.0f, 1);
    UlpStatistics distance = UlpStatistics.of(first, second);
    assertEquals(5, distance.elements());
    assertEquals(2, distance.equal(), "1 and both zeros");
    assertEquals(3, distance.within1());
    assertEquals(4, distance.within2());
    assertEquals(128, distance.most(), "from 1 to 2 there are 128 steps of BF16");
    assertEquals((1 + 2 + 128) / 5.0, distance.mean());
    float tiny = Float.MIN_VALUE;
    assertEquals(2, UlpStatistics.of(row(DataType.FP32, tiny), row(DataType.FP32, -tiny)).most());
  }

  @Test
  void relativeDifference_isThatOfTheNorms() {
    UlpStatistics distance =
        UlpStatistics.of(row(DataType.FP32, 3, 4), row(DataType.FP32, 3, 4.5f));
    assertEquals(0.1, distance.relative(), 1e-12);
    assertEquals(0, UlpStatistics.NONE.relative());
  }

  @Test
  void otherExtentsOrTypes_areRefused() {
    HostMatrix one = row(DataType.FP32, 1);
    assertThrows(
        IllegalArgumentException.class, () -> UlpStatistics.of(one, row(DataType.FP32, 1, 2)));
    assertThrows(
        IllegalArgumentException.class, () -> UlpStatistics.of(one, row(DataType.BF16, 1)));
    HostMatrix fp8 = row(DataType.FP8_E4M3, 1);
    assertThrows(IllegalArgumentException.class, () -> UlpStatistics.of(fp8, fp8));
  }
}
