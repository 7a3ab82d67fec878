package dev.deepgemm.jit.internal.cuda;

import dev.deepgemm.driver.DriverErrors;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** What every call of NVIDIA's driver has in common: its return code has to be looked at. */
final class DriverCall {
  private DriverCall() {}

  /** Throws what the driver said, unless it said that all is well. */
  static void check(String call, int code) {
    if (code != CUresult.CUDA_SUCCESS) {
      String[] text = new String[1];
      JCudaDriver.cuGetErrorString(code, text);
      throw DriverErrors.failed(call, code, CUresult.stringFor(code), String.valueOf(text[0]));
    }
  }
}
