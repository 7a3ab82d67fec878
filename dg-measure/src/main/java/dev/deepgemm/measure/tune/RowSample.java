package dev.deepgemm.measure.tune;

import dev.deepgemm.api.DataType;
import dev.deepgemm.reference.Bfloat16;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Rows of D that are compared: all of them, or so many that copying them costs little.
 *
 * @param rows indices, rising
 * @param m rows of D
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RowSample(int[] rows, int m) {
  private static final int MOST_BYTES = 2 << 20;
  private static final int FEWEST_ROWS = 32;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  static RowSample of(int m, int rowBytes) {
    int count = Math.min(m, Math.max(FEWEST_ROWS, MOST_BYTES / rowBytes));
    int[] rows = new int[count];
    for (int i = 0; i < count; i++) {
      // One from each share, at another place in each: equal steps would meet
      // tiles in one row only.
      int first = (int) ((long) i * m / count);
      int share = (int) ((long) (i + 1) * m / count) - first;
      rows[i] = first + (int) (i * 0x9E37L % share);
    }
    rows[count - 1] = m - 1;
    return new RowSample(rows, m);
  }

  boolean isAll() {
    return rows.length == m;
  }

  /** The norm of the difference over the norm of what is expected; not a number if one is in it. */
  static double difference(DataType type, byte[] expected, byte[] actual) {
    double error = 0;
    double norm = 0;
    for (int at = 0; at < expected.length; at += type.bytes()) {
      double want = value(type, expected, at);
      double difference = value(type, actual, at) - want;
      error += difference * difference;
      norm += want * want;
    }
    return error == 0 ? 0 : Math.sqrt(error / norm);
  }

  private static double value(DataType type, byte[] bytes, int at) {
    return type == DataType.FP32
        ? (float) FLOAT.get(bytes, at)
        : Bfloat16.decode((short) SHORT.get(bytes, at));
  }
}
