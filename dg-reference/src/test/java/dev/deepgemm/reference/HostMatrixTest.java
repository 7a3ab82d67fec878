package dev.deepgemm.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HostMatrixTest {
  @ParameterizedTest
  @EnumSource
  void padded_rowsAreMultiplesOf16Bytes(DataType type) {
    for (int cols = 1; cols < 40; cols++) {
      HostMatrix matrix = HostMatrix.padded(type, 3, cols);
      assertEquals(0, matrix.rowBytes() % 16);
      assertTrue(matrix.stride() - cols < 16);
    }
  }

  @ParameterizedTest
  @EnumSource
  void set_readsBackAndTouchesNothingElse(DataType type) {
    HostMatrix matrix = HostMatrix.padded(type, 3, 5);
    matrix.set(1, 2, -1.5f);
    for (int row = 0; row < 3; row++) {
      double[] decoded = new double[5];
      matrix.decodeRow(row, decoded);
      for (int col = 0; col < 5; col++) {
        float want = row == 1 && col == 2 ? -1.5f : 0;
        assertEquals(want, matrix.get(row, col));
        assertEquals(want, decoded[col]);
      }
    }
  }

  @Test
  void set_isLittleEndian() {
    HostMatrix matrix = HostMatrix.strided(DataType.BF16, 1, 2, 2);
    matrix.set(0, 1, 1f);
    assertArrayEquals(new byte[] {0, 0, (byte) 0x80, 0x3F}, matrix.chunkOf(0));
    assertEquals(0x3F80, matrix.bits(0, 1));
  }

  @Test
  void chunks_holdWholeRowsInOrder() {
    HostMatrix matrix = HostMatrix.strided(DataType.FP8_E4M3, 5, 20 << 20, 20 << 20);
    assertEquals(5, matrix.chunks().size());
    matrix.set(4, (20 << 20) - 1, 2f);
    assertEquals(2f, matrix.get(4, (20 << 20) - 1));
    assertEquals(matrix.bytes(), matrix.chunks().stream().mapToLong(c -> c.length).sum());
  }

  @Test
  void sameElements_ignoresPadding() {
    HostMatrix one = HostMatrix.padded(DataType.BF16, 4, 3).fill((byte) 1, (byte) 2);
    HostMatrix other = HostMatrix.strided(DataType.BF16, 4, 3, 3).fill((byte) 1, (byte) 2);
    assertTrue(one.sameElements(other));
    other.set(3, 2, 7f);
    assertFalse(one.sameElements(other));
  }

  @Test
  void strided_strideBelowColumnsIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> HostMatrix.strided(DataType.FP32, 2, 8, 7));
  }
}
