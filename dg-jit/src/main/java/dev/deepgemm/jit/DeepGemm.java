package dev.deepgemm.jit;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.IntMath;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.call.GemmCall;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.spi.ArchSpec;

/**
 * Matrix products on the GPU: choose, emit, assemble, load and launch, behind one call.
 *
 * <pre>{@code
 * try (DeepGemm gemm = DeepGemm.create()) {
 *   gemm.prepare(GemmDesc.fp8(4096, 4096, 7168));           // optional: compiles and loads, no launch
 *   gemm.fp8Gemm(4096, 4096, 7168, a, sfa, b, sfb, d, stream);
 *   GemmCall call = Gemms.dense(Signature.BF16.withAccumulate(true)).size(m, n, k).a(a).b(b).d(d).build();
 *   gemm.run(call, stream);                                 // every other product, by name
 * }
 * }</pre>
 *
 * <p><b>Pointers and streams</b> are raw driver values, of any library that shares the context: the one
 * that is current on the thread which makes the first call that needs a device, or else the primary
 * context of the device, which is that of the CUDA runtime. Stream 0 is the legacy default stream.
 * Launches are asynchronous, in the order of the stream; the library never allocates or frees device
 * memory, and copies within it only where a product is added to a C that is not D: C to D, in the order of
 * the stream.
 *
 * <p><b>Weights.</b> Launches overlap: one is set up, and its multiprocessors are claimed, while the one in front
 * of it ends. That nothing in flight writes B cannot be known here; who knows it says so ({@link
 * GemmOperands#withConstantB}, or {@link Options#CONSTANT_WEIGHTS} for all calls), and B is then fetched
 * in that time too.
 *
 * <p><b>First call.</b> A problem whose kernel was never used has it assembled (tenths of a second) or
 * read from the cache, then loaded. m, n and k are run-time arguments: other sizes mostly share kernels.
 * {@link #prepare} moves the cost ahead; while a stream is captured into a CUDA graph it is the only
 * way, and a call that would have to compile or load says so ({@code DG-CUDA-05}).
 *
 * <p><b>No device needed</b> to create one, nor for {@link #config} with a chosen architecture; natives
 * are loaded on first use of a device.
 *
 * <p><b>Errors</b> are {@link dev.deepgemm.api.DeepGemmException}s with stable ids; all that is wrong
 * with the operands of a call is reported at once. Safe for use by several threads.
 */
public final class DeepGemm implements AutoCloseable {
  private final GemmDispatcher dispatcher;

  DeepGemm(GemmDispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** With the options of this process, the plugins of the class path, and the current or first device. */
  public static DeepGemm create() {
    return builder().build();
  }

  /** With the given options, the plugins of the class path, and the current or first device. */
  public static DeepGemm create(Options options) {
    return builder().options(options).build();
  }

  /** With more to choose. */
  public static DeepGemmBuilder builder() {
    return new DeepGemmBuilder();
  }

  /**
   * Enqueues a matrix product.
   *
   * <p>Where the problem accumulates, D = C + A B, and C may be left out if it is D. A C elsewhere is copied
   * to D first; it must not share elements with D ({@code DG-ARG-08}).
   *
   * @param desc the problem
   * @param operands device memory, laid out as {@link GemmOperands} says
   * @param stream where to enqueue it
   * @throws dev.deepgemm.api.InvalidGemmException with everything that is wrong with the operands
   * @throws dev.deepgemm.api.UnsupportedGemmException if there is no kernel for the problem
   * @throws JitException if its kernel cannot be assembled
   * @throws CudaException if there is no device, the driver refuses, or the stream is being captured
   *     and the kernel is not loaded ({@code DG-CUDA-05})
   */
  public void gemm(GemmDesc desc, GemmOperands operands, long stream) {
    dispatcher.gemm(desc, operands, stream);
  }

  /**
   * Enqueues a call that was put together by name ({@link dev.deepgemm.jit.call.Gemms}): every product that
   * there are kernels for, with strides of the caller's. Errors are those of {@link #gemm(GemmDesc,
   * GemmOperands, long)}.
   *
   * @param call what to multiply, and where it lies; it may be run again and again
   * @param stream where to enqueue it
   */
  public void run(GemmCall call, long stream) {
    dispatcher.gemm(call.desc(), call.operands(), stream);
  }

  /**
   * D[m, n] = (A x SFA)[m, k] x (B x SFB)[n, k]^T, E4M3 in, BF16 out, everything contiguous.
   *
   * @param m rows of A and D
   * @param n rows of B, columns of D
   * @param k inner extent
   * @param a E4M3 [m, k], row-major
   * @param sfa FP32, one scale per row of A and 128 of k, stored [cdiv(k, 128)][align(m, 4)]: for each
   *     block of k the scales of all rows, padded to a multiple of 4 (TMA wants 16 bytes)
   * @param b E4M3 [n, k], row-major
   * @param sfb FP32 [cdiv(n, 128), cdiv(k, 128)], row-major: one scale per 128 x 128 block of B
   * @param d BF16 [m, n], row-major
   * @param stream where to enqueue it
   */
  public void fp8Gemm(
      int m, int n, int k, long a, long sfa, long b, long sfb, long d, long stream) {
    gemm(
        GemmDesc.fp8(m, n, k),
        GemmOperands.of(
            new DeviceMatrix(a, k),
            new DeviceMatrix(b, k),
            new DeviceMatrix(d, n),
            new DeviceMatrix(sfa, IntMath.align(m, 4)),
            new DeviceMatrix(sfb, IntMath.cdiv(k, ScaleScheme.BLOCK))),
        stream);
  }

  /**
   * D[m, n] = A[m, k] x B[n, k]^T, BF16 in, everything contiguous and row-major.
   *
   * @param dType BF16 or FP32
   */
  public void bf16Gemm(int m, int n, int k, long a, long b, long d, DataType dType, long stream) {
    gemm(
        GemmDesc.bf16(m, n, k, dType),
        GemmOperands.unscaled(
            new DeviceMatrix(a, k), new DeviceMatrix(b, k), new DeviceMatrix(d, n)),
        stream);
  }

  /**
   * Compiles and loads what a problem needs, without launching anything. Call it before a graph capture
   * begins, and while a server warms up.
   */
  public PreparedGemm prepare(GemmDesc desc) {
    return dispatcher.prepare(desc);
  }

  /**
   * Enqueues a matrix product with a configuration of the caller's choice instead of the selector's;
   * for tuning and tests. Everything else is as in {@link #gemm(GemmDesc, GemmOperands, long)}.
   *
   * @param config a configuration whose kernel the architecture can emit
   */
  public void gemm(GemmConfig config, GemmOperands operands, long stream) {
    dispatcher.gemm(config, operands, stream);
  }

  /** Compiles and loads the kernel of a configuration of the caller's choice. */
  public PreparedGemm prepare(GemmConfig config) {
    return dispatcher.prepare(config);
  }

  /**
   * The configuration of a problem on this object's device or architecture; compiles nothing.
   *
   * @throws JitException if there is neither a device nor a chosen architecture ({@code DG-JIT-07})
   */
  public GemmConfig config(GemmDesc desc) {
    return dispatcher.config(desc);
  }

  /**
   * The launch of a problem, as {@link #gemm} would enqueue it, without the copy of a C that is not D;
   * compiles nothing.
   */
  public LaunchPlan plan(GemmDesc desc, GemmOperands operands) {
    return dispatcher.plan(desc, operands);
  }

  /** The architecture that kernels come from. */
  public ArchSpec arch() {
    return dispatcher.arch();
  }

  /**
   * The device; it stays open as long as this object.
   *
   * @throws CudaException if there is none
   */
  public Gpu gpu() {
    return dispatcher.gpu();
  }

  /** The compiler behind this object: cache folder, assemblers, counters. */
  public KernelCompiler compiler() {
    return dispatcher.compiler();
  }

  /** Waits for running kernels, unloads them and lets go of the device. Safe to call twice. */
  @Override
  public void close() {
    dispatcher.close();
  }
}
