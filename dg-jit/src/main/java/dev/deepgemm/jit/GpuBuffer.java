package dev.deepgemm.jit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Device memory that tools and tests own; close it after use.
 *
 * <p>Copies are complete when a method returns. Arrays travel in the machine's byte order through a
 * direct buffer of a few MiB, so that no second array of their size is needed.
 */
public final class GpuBuffer implements AutoCloseable {
  private static final int CHUNK = 4 << 20;

  private final Gpu gpu;
  private final long bytes;
  private long address;

  GpuBuffer(Gpu gpu, long address, long bytes) {
    this.gpu = gpu;
    this.address = address;
    this.bytes = bytes;
  }

  /** The device address. */
  public long address() {
    if (address == 0) {
      throw new IllegalStateException("the device memory is freed");
    }
    return address;
  }

  /** The size in bytes. */
  public long bytes() {
    return bytes;
  }

  /** Copies the remaining bytes of a direct buffer to {@code offset}. */
  public GpuBuffer upload(long offset, ByteBuffer from) {
    Objects.checkFromIndexSize(offset, from.remaining(), bytes);
    gpu.context().run(() -> gpu.driver().upload(address() + offset, from));
    return this;
  }

  /** Fills the remaining bytes of a direct buffer from {@code offset}. */
  public GpuBuffer download(long offset, ByteBuffer to) {
    Objects.checkFromIndexSize(offset, to.remaining(), bytes);
    gpu.context().run(() -> gpu.driver().download(address() + offset, to));
    return this;
  }

  /** Copies an array to the start. */
  public GpuBuffer upload(byte[] from) {
    return up(from.length, 1, (buffer, at, n) -> buffer.put(from, at, n));
  }

  /** Copies an array to the start. */
  public GpuBuffer upload(short[] from) {
    return up(from.length, 2, (buffer, at, n) -> buffer.asShortBuffer().put(from, at, n));
  }

  /** Copies an array to the start. */
  public GpuBuffer upload(int[] from) {
    return up(from.length, 4, (buffer, at, n) -> buffer.asIntBuffer().put(from, at, n));
  }

  /** Copies an array to the start. */
  public GpuBuffer upload(float[] from) {
    return up(from.length, 4, (buffer, at, n) -> buffer.asFloatBuffer().put(from, at, n));
  }

  /** Fills an array from the start. */
  public byte[] download(byte[] to) {
    down(to.length, 1, (buffer, at, n) -> buffer.get(to, at, n));
    return to;
  }

  /** Fills an array from the start. */
  public short[] download(short[] to) {
    down(to.length, 2, (buffer, at, n) -> buffer.asShortBuffer().get(to, at, n));
    return to;
  }

  /** Fills an array from the start. */
  public int[] download(int[] to) {
    down(to.length, 4, (buffer, at, n) -> buffer.asIntBuffer().get(to, at, n));
    return to;
  }

  /** Fills an array from the start. */
  public float[] download(float[] to) {
    down(to.length, 4, (buffer, at, n) -> buffer.asFloatBuffer().get(to, at, n));
    return to;
  }

  /** Sets every byte, such as to poison an output: 0xFF makes NaNs of BF16 and FP32. */
  public GpuBuffer fill(byte value) {
    gpu.fill(address(), value, bytes, 0);
    gpu.synchronize(0);
    return this;
  }

  private interface Transfer {
    void elements(ByteBuffer buffer, int at, int count);
  }

  private GpuBuffer up(int count, int size, Transfer transfer) {
    ByteBuffer staging = staging((long) count * size);
    int step = staging.capacity() / size;
    for (int at = 0; at < count; at += step) {
      int n = Math.min(step, count - at);
      transfer.elements(staging.clear(), at, n);
      upload((long) at * size, staging.clear().limit(n * size));
    }
    return this;
  }

  private void down(int count, int size, Transfer transfer) {
    ByteBuffer staging = staging((long) count * size);
    int step = staging.capacity() / size;
    for (int at = 0; at < count; at += step) {
      int n = Math.min(step, count - at);
      download((long) at * size, staging.clear().limit(n * size));
      transfer.elements(staging.clear(), at, n);
    }
  }

  private ByteBuffer staging(long wanted) {
    Objects.checkFromIndexSize(0, wanted, bytes);
    return ByteBuffer.allocateDirect((int) Math.max(16, Math.min(wanted, CHUNK)))
        .order(ByteOrder.nativeOrder());
  }

  /** Frees the memory; the driver waits for work that uses it. Safe to call twice. */
  @Override
  public void close() {
    long last = address;
    address = 0;
    if (last != 0) {
      gpu.context().run(() -> gpu.driver().free(last));
    }
  }
}
