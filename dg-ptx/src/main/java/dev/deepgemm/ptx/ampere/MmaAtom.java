package dev.deepgemm.ptx.ampere;

import dev.deepgemm.api.DataType;

/**
 * One {@code mma.sync}: D[16, 8] += A[16, k] x B[8, k]^T by the 32 threads of a warp, FP32
 * accumulators, operands in registers.
 *
 * @param ab type of A and B: BF16
 */
public record MmaAtom(DataType ab) {
  /** Rows of every atom. */
  public static final int M = 16;

  /** Columns of every atom. */
  public static final int N = 8;

  /** Bytes of k that one atom consumes, for every type. */
  public static final int K_BYTES = 32;

  /** Checks the type: an atom that sm_80 does not have cannot be made. */
  public MmaAtom {
    if (ab != DataType.BF16) {
      throw new IllegalArgumentException(
          "mma.sync of " + ab + " operands; legal: BF16 (FP8_E4M3 needs sm_89)");
    }
  }

  /** Elements of k that one atom consumes. */
  public int k() {
    return K_BYTES / ab.bytes();
  }

  String mnemonic() {
    return "mma.sync.aligned.m16n8k" + k() + ".row.col.f32.bf16.bf16.f32";
  }
}
