package dev.deepgemm.jit;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.jit.call.GemmCall;
import dev.deepgemm.jit.internal.cuda.JCudaHandles;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import org.jspecify.annotations.Nullable;

/**
 * {@link DeepGemm} for callers that hold JCuda's types. Layouts and errors are those of the method of
 * the same name there; a null stream is the legacy default stream.
 */
public final class JCudaGemm {
  private final DeepGemm gemm;

  /** An adapter; closing it is closing the {@link DeepGemm}. */
  public JCudaGemm(DeepGemm gemm) {
    this.gemm = gemm;
  }

  /** See {@link DeepGemm#gemm}. */
  public void gemm(GemmDesc desc, GemmOperands operands, @Nullable CUstream stream) {
    gemm.gemm(desc, operands, stream(stream));
  }

  /** See {@link DeepGemm#run}; {@link #address} gives builders the addresses that they want. */
  public void run(GemmCall call, @Nullable CUstream stream) {
    gemm.run(call, stream(stream));
  }

  /** See {@link DeepGemm#fp8Gemm}. */
  public void fp8Gemm(
      int m,
      int n,
      int k,
      CUdeviceptr a,
      CUdeviceptr sfa,
      CUdeviceptr b,
      CUdeviceptr sfb,
      CUdeviceptr d,
      @Nullable CUstream stream) {
    gemm.fp8Gemm(
        m, n, k, address(a), address(sfa), address(b), address(sfb), address(d), stream(stream));
  }

  /** See {@link DeepGemm#bf16Gemm}. */
  public void bf16Gemm(
      int m,
      int n,
      int k,
      CUdeviceptr a,
      CUdeviceptr b,
      CUdeviceptr d,
      DataType dType,
      @Nullable CUstream stream) {
    gemm.bf16Gemm(m, n, k, address(a), address(b), address(d), dType, stream(stream));
  }

  /** A matrix at a pointer, its byte offset included; the stride is in elements. */
  public static DeviceMatrix matrix(CUdeviceptr pointer, long stride) {
    return new DeviceMatrix(address(pointer), stride);
  }

  /** The device address that a pointer stands for, its byte offset included. */
  public static long address(CUdeviceptr pointer) {
    return JCudaHandles.address(pointer);
  }

  private static long stream(@Nullable CUstream stream) {
    return stream == null ? 0 : JCudaHandles.value(stream);
  }
}
