package dev.deepgemm.emulator.internal.numbers;

/** Element types that the tensor cores multiply here. */
public enum ElementType {
  BF16(2),
  F16(2),
  E4M3(1);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  public int bytes() {
    return bytes;
  }

  /** Elements along k of one instruction: 32 bytes. */
  public int k() {
    return 32 / bytes;
  }

  public float read(byte[] data, int offset) {
    return of(
        bytes == 1 ? data[offset] & 0xff : (data[offset] & 0xff) | (data[offset + 1] & 0xff) << 8);
  }

  /** The element number {@code i} of a register. */
  public float unpack(long register, int i) {
    return of((int) (register >>> (i * bytes * 8)) & (bytes == 1 ? 0xff : 0xffff));
  }

  private float of(int bits) {
    return switch (this) {
      case BF16 -> Formats.fromBf16(bits);
      case F16 -> Formats.fromF16(bits);
      case E4M3 -> Formats.fromE4m3(bits);
    };
  }
}
