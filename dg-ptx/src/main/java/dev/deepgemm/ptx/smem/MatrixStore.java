package dev.deepgemm.ptx.smem;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;

/**
 * {@code stmatrix}: fragments of 8 x 8 matrices of 16-bit elements from registers to shared memory.
 */
public final class MatrixStore {
  private MatrixStore() {}

  /**
   * Stores four matrices. Lane 8 i + j gives the address of row j of matrix i; register i holds the
   * lane's two elements of matrix i: row lane / 4, columns 2 (lane mod 4) and the next.
   *
   * @param address a multiple of 16
   */
  public static void x4(Code code, SmemAddress address, U32 m0, U32 m1, U32 m2, U32 m3) {
    code.raw(
        "stmatrix.sync.aligned.m8n8.x4.shared.b16 ["
            + address
            + "], {"
            + m0
            + ", "
            + m1
            + ", "
            + m2
            + ", "
            + m3
            + "}");
  }
}
