package dev.deepgemm.jit.internal.cuda;

import static dev.deepgemm.jit.internal.cuda.DriverCall.check;
import static dev.deepgemm.jit.internal.cuda.JCudaHandles.of;
import static dev.deepgemm.jit.internal.cuda.JCudaHandles.value;

import com.sun.jna.NativeLibrary;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.driver.LaunchTemplate;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUDA_MEMCPY2D;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmemorytype;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstreamCaptureStatus;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * The driver of this machine: JCuda for everything that is not on the way of a launch, JNA for the
 * launch itself and for what JCuda lacks ({@link NativeCuda}).
 *
 * <p>JCuda's own exceptions are off by default and global to the process (another library may use
 * JCuda too), so they are left alone and every return code is checked here.
 */
public final class NvidiaDriver implements CudaDriver {
  /** Largest pitch of a copy of rows: CU_DEVICE_ATTRIBUTE_MAX_PITCH of every device so far. */
  private static final long MOST_PITCH = Integer.MAX_VALUE;

  private final ThreadLocal<LaunchBlock> blocks =
      ThreadLocal.withInitial(() -> new LaunchBlock(new NativeMaps()));
  private final String driverVersion;
  private final String cudaVersion;

  /**
   * Loads the driver and initialises it.
   *
   * @throws CudaException if there is no driver ({@code DG-CUDA-02}), no device ({@code DG-CUDA-03})
   *     or no bindings ({@code DG-CUDA-09})
   */
  public static CudaDriver open() {
    // The driver's library first and alone: JCuda's message for its absence is a page of paths.
    try {
      NativeLibrary.getInstance(NativeCuda.LIBRARY);
    } catch (UnsatisfiedLinkError e) {
      throw CudaErrors.firstLine(e).contains("jnidispatch")
          ? CudaErrors.noBindings(e)
          : CudaErrors.noDriver(e);
    } catch (LinkageError e) {
      throw CudaErrors.noBindings(e);
    }
    try {
      NativeCuda.bind();
      return new NvidiaDriver();
    } catch (LinkageError e) {
      throw CudaErrors.noBindings(e);
    }
  }

  private NvidiaDriver() {
    check("cuInit", JCudaDriver.cuInit(0));
    int[] version = new int[1];
    check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
    cudaVersion = version[0] / 1000 + "." + version[0] % 1000 / 10;
    driverVersion = DriverVersion.ofThisProcess();
  }

  @Override
  public String version() {
    return driverVersion + " (CUDA " + cudaVersion + ")";
  }

  @Override
  public int deviceCount() {
    int[] count = new int[1];
    check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    return count[0];
  }

  @Override
  public DeviceInfo device(int ordinal) {
    return DeviceQuery.of(ordinal, driverVersion, cudaVersion);
  }

  @Override
  public long currentContext() {
    LaunchBlock block = blocks.get();
    check("cuCtxGetCurrent", NativeCuda.cuCtxGetCurrent(block.out()));
    return block.outValue();
  }

  @Override
  public int currentDevice() {
    CUdevice device = new CUdevice();
    check("cuCtxGetDevice", JCudaDriver.cuCtxGetDevice(device));
    return (int) value(device);
  }

  @Override
  public void setCurrentContext(long context) {
    check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(of(context, new CUcontext())));
  }

  @Override
  public long retainPrimaryContext(int ordinal) {
    CUcontext context = new CUcontext();
    check(
        "cuDevicePrimaryCtxRetain",
        JCudaDriver.cuDevicePrimaryCtxRetain(context, DeviceQuery.handle(ordinal)));
    return value(context);
  }

  @Override
  public void releasePrimaryContext(int ordinal) {
    check(
        "cuDevicePrimaryCtxRelease",
        JCudaDriver.cuDevicePrimaryCtxRelease(DeviceQuery.handle(ordinal)));
  }

  @Override
  public void synchronize() {
    check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize());
  }

  @Override
  public long loadModule(byte[] cubin) {
    int[] mode = {CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED};
    check("cuThreadExchangeStreamCaptureMode", JCudaDriver.cuThreadExchangeStreamCaptureMode(mode));
    try {
      CUmodule module = new CUmodule();
      check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, cubin));
      return value(module);
    } finally {
      JCudaDriver.cuThreadExchangeStreamCaptureMode(mode);
    }
  }

  @Override
  public void unloadModule(long module) {
    check("cuModuleUnload", JCudaDriver.cuModuleUnload(of(module, new CUmodule())));
  }

  @Override
  public long function(long module, String entry) {
    CUfunction function = new CUfunction();
    check(
        "cuModuleGetFunction(" + entry + ")",
        JCudaDriver.cuModuleGetFunction(function, of(module, new CUmodule()), entry));
    return value(function);
  }

  @Override
  public FunctionInfo functionInfo(long function) {
    CUfunction handle = of(function, new CUfunction());
    return new FunctionInfo(
        attribute(handle, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS),
        attribute(handle, CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES),
        attribute(handle, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES),
        attribute(handle, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
  }

  private int attribute(CUfunction function, int attribute) {
    int[] value = new int[1];
    check("cuFuncGetAttribute", JCudaDriver.cuFuncGetAttribute(value, attribute, function));
    return value[0];
  }

  @Override
  public void allowDynamicSmem(long function, int bytes) {
    check(
        "cuFuncSetAttribute(MAX_DYNAMIC_SHARED_SIZE_BYTES, " + bytes + ")",
        JCudaDriver.cuFuncSetAttribute(
            of(function, new CUfunction()),
            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            bytes));
  }

  @Override
  public LinkResult link(byte[] ptx, String name, boolean lineInfo) {
    return DriverLinker.link(ptx, name, lineInfo);
  }

  @Override
  public void launch(
      long function, LaunchTemplate template, GemmOperands operands, long stream, boolean overlap) {
    LaunchBlock block = blocks.get();
    block.fill(template, operands);
    int code =
        NativeCuda.cuLaunchKernelEx(block.config(stream, overlap), function, block.params(), 0);
    if (code != CUresult.CUDA_SUCCESS) {
      LaunchPlan plan = template.plan();
      check(
          "cuLaunchKernelEx(grid %d, %d threads, %d B of dynamic shared memory)"
              .formatted(plan.grid(), plan.threads(), plan.smemBytes()),
          code);
    }
  }

  @Override
  public byte[] encode(TensorMap map) {
    return blocks.get().encoded(map);
  }

  /** The 128 bytes of the first argument of a launch as it would be handed over; for tests. */
  public byte[] firstArgument(LaunchTemplate template, GemmOperands operands) {
    LaunchBlock block = blocks.get();
    block.fill(template, operands);
    return block.argument(0);
  }

  @Override
  public boolean isCapturing(long stream) {
    int[] status = new int[1];
    check("cuStreamIsCapturing", JCudaDriver.cuStreamIsCapturing(stream(stream), status));
    return status[0] != CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE;
  }

  @Override
  public long allocate(long bytes) {
    CUdeviceptr pointer = new CUdeviceptr();
    check("cuMemAlloc(" + bytes + ")", JCudaDriver.cuMemAlloc(pointer, bytes));
    return value(pointer);
  }

  @Override
  public void free(long address) {
    check("cuMemFree", JCudaDriver.cuMemFree(pointer(address)));
  }

  @Override
  public void upload(long address, ByteBuffer from) {
    check(
        "cuMemcpyHtoD",
        JCudaDriver.cuMemcpyHtoD(pointer(address), Pointer.to(from.slice()), from.remaining()));
  }

  @Override
  public void download(long address, ByteBuffer to) {
    check(
        "cuMemcpyDtoH",
        JCudaDriver.cuMemcpyDtoH(Pointer.to(to.slice()), pointer(address), to.remaining()));
  }

  @Override
  public void fill(long address, byte value, long bytes, long stream) {
    check(
        "cuMemsetD8Async",
        JCudaDriver.cuMemsetD8Async(pointer(address), value, bytes, stream(stream)));
  }

  @Override
  public void copy(long from, long to, long bytes, long stream) {
    check(
        "cuMemcpyDtoDAsync",
        JCudaDriver.cuMemcpyDtoDAsync(pointer(to), pointer(from), bytes, stream(stream)));
  }

  @Override
  public void copy(Rows from, Rows to, long rowBytes, long rows, long stream) {
    if (Math.max(from.pitchBytes(), to.pitchBytes()) > MOST_PITCH) {
      CudaDriver.super.copy(from, to, rowBytes, rows, stream);
      return;
    }
    CUDA_MEMCPY2D copy = new CUDA_MEMCPY2D();
    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = pointer(from.address());
    copy.srcPitch = from.pitchBytes();
    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = pointer(to.address());
    copy.dstPitch = to.pitchBytes();
    copy.WidthInBytes = rowBytes;
    copy.Height = rows;
    check("cuMemcpy2DAsync", JCudaDriver.cuMemcpy2DAsync(copy, stream(stream)));
  }

  @Override
  public long createStream() {
    CUstream stream = new CUstream();
    check(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    return value(stream);
  }

  @Override
  public void destroyStream(long stream) {
    check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream(stream)));
  }

  @Override
  public void synchronizeStream(long stream) {
    check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream(stream)));
  }

  @Override
  public long createEvent() {
    CUevent event = new CUevent();
    check("cuEventCreate", JCudaDriver.cuEventCreate(event, 0));
    return value(event);
  }

  @Override
  public void destroyEvent(long event) {
    check("cuEventDestroy", JCudaDriver.cuEventDestroy(event(event)));
  }

  @Override
  public void recordEvent(long event, long stream) {
    check("cuEventRecord", JCudaDriver.cuEventRecord(event(event), stream(stream)));
  }

  @Override
  public float elapsedMillis(long from, long to) {
    check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(event(to)));
    float[] millis = new float[1];
    check("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(millis, event(from), event(to)));
    return millis[0];
  }

  @Override
  public void beginCapture(long stream) {
    check(
        "cuStreamBeginCapture",
        JCudaDriver.cuStreamBeginCapture(
            stream(stream), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
  }

  @Override
  public long endCapture(long stream) {
    CUgraph graph = new CUgraph();
    check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream(stream), graph));
    try {
      CUgraphExec executable = new CUgraphExec();
      check("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(executable, graph, 0));
      return value(executable);
    } finally {
      JCudaDriver.cuGraphDestroy(graph);
    }
  }

  @Override
  public void launchGraph(long graph, long stream) {
    check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(of(graph, new CUgraphExec()), stream(stream)));
  }

  @Override
  public void destroyGraph(long graph) {
    check("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy(of(graph, new CUgraphExec())));
  }

  private static CUstream stream(long value) {
    return of(value, new CUstream());
  }

  private static CUevent event(long value) {
    return of(value, new CUevent());
  }

  private static CUdeviceptr pointer(long address) {
    return of(address, new CUdeviceptr());
  }
}
