package dev.deepgemm.reference;

import dev.deepgemm.api.DataType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A row-major matrix in host memory, in the little-endian bytes that a device wants.
 *
 * <p>The bytes lie in chunks of whole rows, because a Java array ends at 2 GiB and checkpoints do
 * not. Copying all chunks one behind the other gives the matrix as it lies in device memory,
 * padding included.
 *
 * <p>Not thread-safe as a whole; different rows may be written by different threads.
 */
public final class HostMatrix {
  private static final int CHUNK_BYTES = 32 << 20;
  private static final int ROW_ALIGNMENT = 16;
  private static final byte NAN_OF_EVERY_TYPE = (byte) 0xFF;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final DataType type;
  private final int rows;
  private final int cols;
  private final int stride;
  private final int rowsPerChunk;
  private final List<byte[]> chunks;
  private final float[] valuesOfFp8 = Float8.table();

  private HostMatrix(
      DataType type, int rows, int cols, int stride, int rowsPerChunk, List<byte[]> chunks) {
    this.type = type;
    this.rows = rows;
    this.cols = cols;
    this.stride = stride;
    this.rowsPerChunk = rowsPerChunk;
    this.chunks = List.copyOf(chunks);
  }

  private static HostMatrix allocate(DataType type, int rows, int cols, int stride) {
    if (rows < 1 || cols < 1 || stride < cols) {
      throw new IllegalArgumentException(
          rows
              + " x "
              + cols
              + " with a stride of "
              + stride
              + "; legal: positive, stride >= columns");
    }
    int rowBytes = Math.multiplyExact(stride, type.bytes());
    int rowsPerChunk = Math.max(1, CHUNK_BYTES / rowBytes);
    List<byte[]> chunks = new ArrayList<>();
    for (int first = 0; first < rows; first += rowsPerChunk) {
      chunks.add(new byte[Math.min(rowsPerChunk, rows - first) * rowBytes]);
    }
    return new HostMatrix(type, rows, cols, stride, rowsPerChunk, chunks);
  }

  /** A matrix of zero bytes whose rows are padded to a multiple of 16 bytes, as TMA wants them. */
  public static HostMatrix padded(DataType type, int rows, int cols) {
    int unit = ROW_ALIGNMENT / type.bytes();
    return allocate(type, rows, cols, Math.multiplyExact((cols - 1) / unit + 1, unit));
  }

  /** A matrix of zero bytes; {@code stride} elements from one row to the next. */
  public static HostMatrix strided(DataType type, int rows, int cols, int stride) {
    return allocate(type, rows, cols, stride);
  }

  /** Element type. */
  public DataType type() {
    return type;
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Number of columns, padding excluded. */
  public int cols() {
    return cols;
  }

  /** Elements from one row to the next. */
  public int stride() {
    return stride;
  }

  /** Bytes from one row to the next. */
  public int rowBytes() {
    return stride * type.bytes();
  }

  /** Bytes of the matrix, padding included. */
  public long bytes() {
    return (long) rows * rowBytes();
  }

  /** The bytes of the matrix in order, each chunk a number of whole rows; writes go through. */
  public List<byte[]> chunks() {
    return chunks;
  }

  /** The chunk that holds a row. */
  public byte[] chunkOf(int row) {
    return chunks.get(row / rowsPerChunk);
  }

  /** Where a row starts in its chunk, in bytes. */
  public int offsetInChunk(int row) {
    return row % rowsPerChunk * rowBytes();
  }

  /** An element as a float; exact for every type. */
  public float get(int row, int col) {
    byte[] bytes = chunkOf(row);
    int at = offsetInChunk(row) + col * type.bytes();
    return switch (type) {
      case FP8_E4M3 -> valuesOfFp8[bytes[at] & 0xFF];
      case BF16 -> Bfloat16.decode((short) SHORT.get(bytes, at));
      case FP32 -> Float.intBitsToFloat((int) INT.get(bytes, at));
    };
  }

  /** Sets an element, rounded to the type of the matrix. */
  public void set(int row, int col, float value) {
    byte[] bytes = chunkOf(row);
    int at = offsetInChunk(row) + col * type.bytes();
    switch (type) {
      case FP8_E4M3 -> bytes[at] = Float8.encode(value);
      case BF16 -> SHORT.set(bytes, at, Bfloat16.encode(value));
      case FP32 -> INT.set(bytes, at, Float.floatToRawIntBits(value));
    }
  }

  /** The bits of an element, zero-extended. */
  public int bits(int row, int col) {
    byte[] bytes = chunkOf(row);
    int at = offsetInChunk(row) + col * type.bytes();
    return switch (type) {
      case FP8_E4M3 -> bytes[at] & 0xFF;
      case BF16 -> (short) SHORT.get(bytes, at) & 0xFFFF;
      case FP32 -> (int) INT.get(bytes, at);
    };
  }

  /** The elements of a row, padding excluded, into {@code into[0 .. cols-1]}. */
  public void decodeRow(int row, double[] into) {
    byte[] bytes = chunkOf(row);
    int at = offsetInChunk(row);
    switch (type) {
      case FP8_E4M3 -> {
        for (int i = 0; i < cols; i++) {
          into[i] = valuesOfFp8[bytes[at + i] & 0xFF];
        }
      }
      case BF16 -> {
        for (int i = 0; i < cols; i++) {
          into[i] = Bfloat16.decode((short) SHORT.get(bytes, at + 2 * i));
        }
      }
      case FP32 -> {
        for (int i = 0; i < cols; i++) {
          into[i] = Float.intBitsToFloat((int) INT.get(bytes, at + 4 * i));
        }
      }
    }
  }

  /** The elements of a column into {@code into[0 .. rows-1]}. */
  public void decodeColumn(int col, double[] into) {
    for (int row = 0; row < rows; row++) {
      into[row] = get(row, col);
    }
  }

  /** Makes the padding of every row NaN: what is read from there shows in a product. */
  public HostMatrix poisonPadding() {
    int used = cols * type.bytes();
    if (used < rowBytes()) {
      for (int row = 0; row < rows; row++) {
        int at = offsetInChunk(row);
        Arrays.fill(chunkOf(row), at + used, at + rowBytes(), NAN_OF_EVERY_TYPE);
      }
    }
    return this;
  }

  /** Writes a pattern over all bytes, padding included, repeated from the start of every row. */
  public HostMatrix fill(byte... pattern) {
    if (pattern.length == 0 || rowBytes() % pattern.length != 0) {
      throw new IllegalArgumentException(
          "a pattern of " + pattern.length + " bytes does not divide rows of " + rowBytes());
    }
    byte[] row = new byte[rowBytes()];
    for (int i = 0; i < row.length; i++) {
      row[i] = pattern[i % pattern.length];
    }
    IntStream.range(0, rows)
        .parallel()
        .forEach(r -> System.arraycopy(row, 0, chunkOf(r), offsetInChunk(r), row.length));
    return this;
  }

  /** The first columns, in the same memory. */
  public HostMatrix firstColumns(int count) {
    if (count < 1 || count > cols) {
      throw new IllegalArgumentException(count + " columns; legal: 1 to " + cols);
    }
    return new HostMatrix(type, rows, count, stride, rowsPerChunk, chunks);
  }

  /** True if both have the same type, extents and elements; padding does not count. */
  public boolean sameElements(HostMatrix other) {
    if (type != other.type || rows != other.rows || cols != other.cols) {
      return false;
    }
    int length = cols * type.bytes();
    return IntStream.range(0, rows)
        .parallel()
        .allMatch(
            r ->
                Arrays.equals(
                    chunkOf(r),
                    offsetInChunk(r),
                    offsetInChunk(r) + length,
                    other.chunkOf(r),
                    other.offsetInChunk(r),
                    other.offsetInChunk(r) + length));
  }

  @Override
  public String toString() {
    return type + "[" + rows + ", " + cols + "]";
  }
}
