package dev.deepgemm.jit.internal.cuda;

import static dev.deepgemm.jit.internal.cuda.DriverCall.check;

import jcuda.driver.CUresult;

/** The driver's own functions on tensor maps, checked. */
final class NativeMaps implements LaunchBlock.TensorMaps {
  @Override
  public void encode(
      long map,
      int dataType,
      int rank,
      long address,
      long dims,
      long strides,
      long box,
      long elementStrides,
      int swizzle,
      int l2Promotion) {
    check(
        "cuTensorMapEncodeTiled",
        NativeCuda.cuTensorMapEncodeTiled(
            map,
            dataType,
            rank,
            address,
            dims,
            strides,
            box,
            elementStrides,
            0, // no interleave
            swizzle,
            l2Promotion,
            0)); // out-of-bounds elements read as zero
  }

  @Override
  public void replaceAddress(long map, long address) {
    int code = NativeCuda.cuTensorMapReplaceAddress(map, address);
    if (code != CUresult.CUDA_SUCCESS) {
      check("cuTensorMapReplaceAddress", code);
    }
  }
}
