package dev.deepgemm.ptx.smem;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.F32;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import java.util.List;

/**
 * {@code stmatrix}: fragments of 8 x 8 matrices of 16-bit elements from registers to shared memory.
 */
public final class MatrixStore {
  /** Columns that four matrices of a fragment have: two beside each other, two below. */
  public static final int COLUMNS = 16;

  private MatrixStore() {}

  /**
   * Whose address a lane gives when a warp stores a {@link Fragment} of 16 rows and 16 columns.
   *
   * @param row among the warp's
   * @param right 0 for the first 8 columns, 1 for the others: a chunk of 16 bytes each
   */
  public record Lane(U32 row, U32 right) {
    /** Lane 8 i + j stands for row j of matrix i: i mod 2 is the lower half, i / 2 the right one. */
    public static Lane of(Code code, U32 lane) {
      U32 matrix = code.shr(lane, 3);
      U32 right = code.shr(matrix, 1);
      return new Lane(code.mad(code.and(matrix, 1), Fragment.LOWER, code.and(lane, 7)), right);
    }
  }

  /**
   * Stores 16 columns of a fragment, rounded to BF16.
   *
   * @param address of the lane's row ({@link Lane}), a multiple of 16
   * @param sums the fragment's registers of those columns
   */
  public static void bf16(Code code, SmemAddress address, List<? extends F32> sums) {
    x4(
        code,
        address,
        code.packBf16(sums.get(0), sums.get(1)),
        code.packBf16(sums.get(2), sums.get(3)),
        code.packBf16(sums.get(4), sums.get(5)),
        code.packBf16(sums.get(6), sums.get(7)));
  }

  /**
   * Stores four matrices. Lane 8 i + j gives the address of row j of matrix i; register i holds the
   * lane's two elements of matrix i: row lane / 4, columns 2 (lane mod 4) and the next.
   *
   * @param address a multiple of 16
   */
  public static void x4(Code code, SmemAddress address, U32 m0, U32 m1, U32 m2, U32 m3) {
    code.raw(
        IsaFeature.STMATRIX,
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
