package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.api.launch.TensorMap.Element;
import dev.deepgemm.api.launch.TensorMap.Swizzle;

/** Tensor maps of matrices. */
public final class TensorMaps {
  /** Bytes that one miss fetches into the L2 cache: kernels read whole lines, one after the other. */
  private static final int L2_PROMOTION = 256;

  private TensorMaps() {}

  /**
   * A matrix in global memory.
   *
   * @param columns contiguous elements of a row
   */
  public static Matrix matrix(DataType type, DeviceMatrix matrix, long columns, long rows) {
    return new Matrix(type, matrix, columns, rows);
  }

  /** A matrix in global memory, of which boxes are copied. */
  public record Matrix(DataType type, DeviceMatrix matrix, long columns, long rows) {
    /**
     * Its map.
     *
     * @param boxColumns contiguous elements of a box
     * @param swizzle width of the swizzle in shared memory, bytes; 0 for none
     */
    public TensorMap box(int boxColumns, int boxRows, int swizzle) {
      return TensorMap.builder(Element.of(type))
          .address(matrix.address())
          .dim(columns)
          .dim(rows, Math.multiplyExact(matrix.stride(), (long) type.bytes()))
          .box(boxColumns, boxRows)
          .swizzle(Swizzle.ofBytes(swizzle))
          .l2Promotion(L2_PROMOTION)
          .build();
    }
  }
}
