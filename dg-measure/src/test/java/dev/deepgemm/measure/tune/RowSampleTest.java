package dev.deepgemm.measure.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.reference.HostMatrix;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Which rows are compared, and how. */
class RowSampleTest {
  @Test
  void sample_isAllOfASmallD_andSpreadOverALargeOne() {
    assertTrue(RowSample.of(128, 8192).isAll());
    RowSample sample = RowSample.of(8192, 65_536);
    assertFalse(sample.isAll());
    assertEquals(32, sample.rows().length);
    assertEquals(8191, sample.rows()[31]);
    Set<Integer> inTile = ConcurrentHashMap.newKeySet();
    for (int row : sample.rows()) {
      assertTrue(row >= 0 && row < 8192);
      inTile.add(row % 64);
    }
    assertTrue(inTile.size() > 16, "rows of a tile that are looked at: " + inTile);
  }

  @Test
  void difference_isRelativeAndNoticesPoison() {
    HostMatrix one = HostMatrix.padded(DataType.BF16, 1, 8);
    HostMatrix other = HostMatrix.padded(DataType.BF16, 1, 8);
    for (int i = 0; i < 8; i++) {
      one.set(0, i, 2);
      other.set(0, i, i == 0 ? 3 : 2);
    }
    byte[] expected = one.chunkOf(0);
    assertEquals(0, RowSample.difference(DataType.BF16, expected, expected));
    assertEquals(
        Math.sqrt(1.0 / 32),
        RowSample.difference(DataType.BF16, expected, other.chunkOf(0)),
        1e-12);
    byte[] poisoned = expected.clone();
    poisoned[2] = (byte) 0xFF;
    poisoned[3] = (byte) 0xFF;
    assertTrue(Double.isNaN(RowSample.difference(DataType.BF16, expected, poisoned)));
  }
}
