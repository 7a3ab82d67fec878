package dev.deepgemm.api;

/** Element types of the matrices. The names are those of DeepGEMM's tables. */
public enum DataType {
  /** 8-bit float, 4 exponent bits, 3 mantissa bits, no infinities, largest finite value 448. */
  FP8_E4M3(1),
  /** bfloat16: the upper half of an IEEE single. */
  BF16(2),
  /** IEEE 754 binary32. */
  FP32(4);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }
}
