package dev.deepgemm.ptx.wgmma;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Major;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.smem.SmemDescriptor;

/**
 * One {@code wgmma.mma_async}: D[64, n] += A[64, k] x B[n, k]^T by the four warps of a warpgroup,
 * FP32 accumulators in registers, both operands in shared memory.
 *
 * @param a type of A
 * @param b type of B: as many bytes as A's
 * @param majorA which dimension of A is contiguous; only BF16 may be MN-major
 * @param majorB which dimension of B is contiguous; only BF16 may be MN-major
 * @param n columns: a multiple of 8 from 8 to 256
 */
public record WgmmaAtom(DataType a, DataType b, Major majorA, Major majorB, int n) {
  /** Rows of every atom. */
  public static final int M = 64;

  /** Bytes of k that one atom consumes, for every type. */
  public static final int K_BYTES = 32;

  /** Checks types, majors and extent: an atom that the hardware does not have cannot be made. */
  public WgmmaAtom {
    check("A", a, majorA);
    check("B", b, majorB);
    if (a.bytes() != b.bytes()) {
      throw new IllegalArgumentException(
          "wgmma of A " + a + " and B " + b + "; legal: both BF16, or both FP8");
    }
    if (n < 8 || n > 256 || n % 8 != 0) {
      throw new IllegalArgumentException("wgmma n = " + n + "; legal: multiples of 8, 8 to 256");
    }
  }

  private static void check(String operand, DataType type, Major major) {
    if (type == DataType.FP32) {
      throw new IllegalArgumentException(
          "wgmma of " + operand + " " + type + "; legal: BF16, FP8_E4M3");
    }
    if (major == Major.MN && type != DataType.BF16) {
      throw new IllegalArgumentException(
          "wgmma of " + operand + " " + type + " MN-major; legal: K-major, or BF16");
    }
  }

  /** An atom of two K-major operands of one type. */
  public static WgmmaAtom kMajor(DataType ab, int n) {
    return new WgmmaAtom(ab, ab, Major.K, Major.K, n);
  }

  /** Elements of k that one atom consumes: 16 for BF16, 32 for FP8. */
  public int k() {
    return K_BYTES / a.bytes();
  }

  /** Accumulator registers per thread. */
  public int registers() {
    return Fragment.registers(n);
  }

  String mnemonic() {
    return "wgmma.mma_async.sync.aligned.m64n" + n + "k" + k() + ".f32." + ptx(a) + "." + ptx(b);
  }

  private static String ptx(DataType type) {
    return switch (type) {
      case BF16 -> "bf16";
      case FP8_E4M3 -> "e4m3";
      case FP32 -> throw new IllegalStateException("no atom has FP32 operands");
    };
  }

  /** Factors of A and B, 1 and no other; BF16 atoms also say whether an operand is MN-major. */
  String suffix() {
    return a == DataType.BF16
        ? ", 1, 1, " + transposed(majorA) + ", " + transposed(majorB)
        : ", 1, 1";
  }

  private static int transposed(Major major) {
    return major == Major.MN ? 1 : 0;
  }

  /** Refuses operands that are not what the atom multiplies. */
  void check(SmemDescriptor operandA, SmemDescriptor operandB) {
    if (operandA.type() != a
        || operandB.type() != b
        || operandA.major() != majorA
        || operandB.major() != majorB) {
      throw new IllegalArgumentException(
          String.format(
              "the atom multiplies A %s %s-major by B %s %s-major; the operands are %s %s-major and"
                  + " %s %s-major",
              a,
              majorA,
              b,
              majorB,
              operandA.type(),
              operandA.major(),
              operandB.type(),
              operandB.major()));
    }
  }
}
