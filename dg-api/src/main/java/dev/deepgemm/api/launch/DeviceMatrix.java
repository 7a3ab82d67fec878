package dev.deepgemm.api.launch;

/**
 * A matrix in device memory, or one for each group, by address; the library never owns it.
 *
 * @param address device address of the first element
 * @param stride distance between the starts of two consecutive rows (of the outer dimension), in
 *     elements
 * @param groupStride distance between the matrices of two consecutive groups, in elements; 0 where
 *     there is one matrix, or where all groups share it
 */
public record DeviceMatrix(long address, long stride, long groupStride) {
  /** One matrix. */
  public DeviceMatrix(long address, long stride) {
    this(address, stride, 0);
  }

  /** The same layout elsewhere. */
  public DeviceMatrix at(long other) {
    return new DeviceMatrix(other, stride, groupStride);
  }

  /** Whether another matrix lies alike, wherever it is. */
  public boolean liesLike(DeviceMatrix other) {
    return stride == other.stride && groupStride == other.groupStride;
  }
}
