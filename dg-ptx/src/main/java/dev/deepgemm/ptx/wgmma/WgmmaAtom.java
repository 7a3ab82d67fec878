package dev.deepgemm.ptx.wgmma;

import dev.deepgemm.api.DataType;

/**
 * One {@code wgmma.mma_async}: D[64, n] += A[64, k] x B[n, k]^T by the four warps of a warpgroup,
 * FP32 accumulators in registers, both operands K-major in shared memory.
 *
 * @param ab type of A and B: BF16 or FP8_E4M3
 * @param n columns: a multiple of 8 from 8 to 256
 */
public record WgmmaAtom(DataType ab, int n) {
  /** Rows of every atom. */
  public static final int M = 64;

  /** Bytes of k that one atom consumes, for every type. */
  public static final int K_BYTES = 32;

  /** Checks type and extent: an atom that the hardware does not have cannot be made. */
  public WgmmaAtom {
    if (ab == DataType.FP32) {
      throw new IllegalArgumentException("wgmma of FP32 operands; legal: BF16, FP8_E4M3");
    }
    if (n < 8 || n > 256 || n % 8 != 0) {
      throw new IllegalArgumentException("wgmma n = " + n + "; legal: multiples of 8, 8 to 256");
    }
  }

  /** Elements of k that one atom consumes: 16 for BF16, 32 for FP8. */
  public int k() {
    return K_BYTES / ab.bytes();
  }

  /** Accumulator registers per thread. */
  public int registers() {
    return n / 2;
  }

  String mnemonic() {
    String type = ab == DataType.BF16 ? "bf16" : "e4m3";
    return "wgmma.mma_async.sync.aligned.m64n" + n + "k" + k() + ".f32." + type + "." + type;
  }

  /** BF16 atoms say whether an operand is transposed; K-major operands are not. */
  String suffix() {
    return ab == DataType.BF16 ? ", 1, 1, 0, 0" : ", 1, 1";
  }
}
