package dev.deepgemm.driver;

import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.TensorMap;
import java.nio.ByteBuffer;

/**
 * The part of the CUDA driver API that the library uses, with raw handles.
 *
 * <p>Why an interface: JCuda's classes load their natives in static initialisers, so that touching
 * one on a machine without a driver throws. The library is written against this interface and runs
 * anywhere; one class of {@code dg-jit} needs NVIDIA's driver, and tests hand in a double that records
 * calls and injects faults.
 *
 * <p>Handles (context, module, function, stream, event, graph) and device addresses are the driver's
 * own values; 0 is "none", and for streams the legacy default stream. Every method throws {@link
 * CudaException} if the driver refuses; none returns a code. Methods from {@link #synchronize} on need
 * a current context.
 */
public interface CudaDriver {
  /** Version of the driver library and of CUDA; what it assembles may change with either. */
  String version();

  /** How many devices it shows to this process. */
  int deviceCount();

  /** What the device of that number is. */
  DeviceInfo device(int ordinal);

  /** The context that is current on this thread, or 0. */
  long currentContext();

  /** The device of the current context. */
  int currentDevice();

  /** Makes a context current on this thread. */
  void setCurrentContext(long context);

  /** The primary context of a device, alive until everybody has let go of it; not made current. */
  long retainPrimaryContext(int ordinal);

  /** Lets go of a primary context once. */
  void releasePrimaryContext(int ordinal);

  /** Waits for all work of the current context. */
  void synchronize();

  /**
   * Loads a cubin. While another thread captures a graph in global mode this must not break that
   * capture: implementations switch this thread to relaxed mode for the call.
   */
  long loadModule(byte[] cubin);

  /** Unloads a module; none of its functions may be running. */
  void unloadModule(long module);

  /** The function of that name in a module. */
  long function(long module, String entry);

  /** What the driver knows of a function. */
  FunctionInfo functionInfo(long function);

  /** Raises the limit of dynamic shared memory of a function. */
  void allowDynamicSmem(long function, int bytes);

  /** Links PTX, as relocatable code, for the device of the current context, with or without source lines for profilers. */
  LinkResult link(byte[] ptx, String name, boolean lineInfo);

  /**
   * Enqueues a launch; arguments are copied before the call returns.
   *
   * @param operands whose addresses are filled in
   * @param overlap whether it may begin before the launch in front of it in the stream has ended
   *     (programmatic dependent launch); the kernel waits for that itself where it must
   */
  void launch(
      long function, LaunchTemplate template, GemmOperands operands, long stream, boolean overlap);

  /** Enqueues a launch that is complete. */
  default void launch(long function, LaunchPlan plan, long stream) {
    DeviceMatrix none = new DeviceMatrix(0, 0);
    GemmOperands operands = GemmOperands.unscaled(none, none, none);
    launch(function, LaunchTemplate.fixed(plan), operands, stream, false);
  }

  /** The 128 bytes of an encoded tensor map. */
  byte[] encode(TensorMap map);

  /** Whether a stream is being captured into a graph. */
  boolean isCapturing(long stream);

  /** Device memory, aligned to 256 bytes at least; its address. */
  long allocate(long bytes);

  /** Frees device memory, after the work that uses it. */
  void free(long address);

  /** Copies the remaining bytes of a direct buffer to the device; done when it returns. */
  void upload(long address, ByteBuffer from);

  /** Fills the remaining bytes of a direct buffer from the device; done when it returns. */
  void download(long address, ByteBuffer to);

  /** Enqueues setting bytes of device memory. */
  void fill(long address, byte value, long bytes, long stream);

  /** Enqueues a copy within device memory. */
  void copy(long from, long to, long bytes, long stream);

  /**
   * Enqueues a copy of rows within device memory, which may be captured like any other. Neither side may
   * reach into the other.
   *
   * @param rowBytes bytes of a row, at most the pitch of either side
   * @param rows how many, 1 or more
   */
  default void copy(Rows from, Rows to, long rowBytes, long rows, long stream) {
    for (long row = 0; row < rows; row++) {
      copy(
          from.address + row * from.pitchBytes, to.address + row * to.pitchBytes, rowBytes, stream);
    }
  }

  /**
   * Rows in device memory.
   *
   * @param address of the first one
   * @param pitchBytes from the start of a row to that of the next one
   */
  record Rows(long address, long pitchBytes) {}

  /** A stream that does not synchronise with the legacy default stream. */
  long createStream();

  /** Destroys a stream. */
  void destroyStream(long stream);

  /** Waits for all work of a stream. */
  void synchronizeStream(long stream);

  /** An event that can be timed. */
  long createEvent();

  /** Destroys an event. */
  void destroyEvent(long event);

  /** Enqueues an event: it happens when the stream gets there. */
  void recordEvent(long event, long stream);

  /** Waits for the later event; milliseconds between both. */
  float elapsedMillis(long from, long to);

  /** Begins to capture what is enqueued on a stream; the thread's other streams go on. */
  void beginCapture(long stream);

  /** Ends a capture; an executable graph. */
  long endCapture(long stream);

  /** Enqueues one run of an executable graph. */
  void launchGraph(long graph, long stream);

  /** Destroys an executable graph. */
  void destroyGraph(long graph);

  /**
   * What the driver knows of a loaded function.
   *
   * @param registers per thread
   * @param localBytes local memory per thread: stack and spills
   * @param staticSmemBytes static shared memory per CTA
   * @param maxThreads most threads per CTA with which it can be launched
   */
  record FunctionInfo(int registers, int localBytes, int staticSmemBytes, int maxThreads) {}

  /**
   * What the driver's linker said.
   *
   * @param cubin machine code; empty if it failed
   * @param code the driver's return code, 0 for success
   * @param info its verbose log
   * @param errors its error log
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record LinkResult(byte[] cubin, int code, String info, String errors) {}
}
