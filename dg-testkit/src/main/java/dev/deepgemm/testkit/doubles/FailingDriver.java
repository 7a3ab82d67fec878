package dev.deepgemm.testkit.doubles;

import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DriverErrors;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For tests: a CUDA driver that fails on command. What an application does when the device is out of
 * memory, a kernel cannot be loaded or the context is broken can be tried without a device that is.
 *
 * <pre>{@code
 * FailingDriver faults = new FailingDriver();
 * try (Gpu gpu = Gpu.open(faults.simulated(), OptionalInt.empty());
 *     DeepGemm gemm = DeepGemm.builder().options(options).gpu(gpu).build()) {
 *   faults.failAt(FailingDriver.Operation.ALLOCATE, 2, FailingDriver.Fault.OUT_OF_MEMORY);
 *   ...
 * }
 * }</pre>
 *
 * <p>{@link #before} stands in front of any driver, {@code Gpu.systemDriver()} say, which is that of the
 * machine; {@link #simulated} in front of a {@link SimulatedDriver}, which runs anywhere. Set {@code
 * DG_JIT_CACHE_DIR} to a temporary folder there, and {@code DG_JIT_ASSEMBLER} to {@code linker}, which is
 * simulated too, unless kernels are to be assembled in earnest.
 *
 * <p>Operations are counted per kind, from 1, since the last command for that kind; asking and making a
 * context current cannot fail. A failed call is not made, and throws the {@link CudaException} that the
 * library would throw had the driver returned that code; its message says "injected". After a fault
 * that {@linkplain Fault#breaksContext() breaks the context} every operation fails with it until {@link
 * #restart}, which stands for a new process. Safe for use by several threads.
 *
 * <p>It stands in front of the driver as a {@link Proxy}, so that no method can be forgotten.
 */
public final class FailingDriver {
  /** What can fail. */
  public enum Operation {
    /** Devices are counted or described, a primary context is taken. */
    OPEN,
    /** PTX is assembled by the driver's linker. */
    LINK,
    /** A cubin is loaded. */
    LOAD_MODULE,
    /** A cubin is unloaded. */
    UNLOAD_MODULE,
    /** A function of a loaded cubin is looked up, described or given more shared memory. */
    FUNCTION,
    /** A kernel or a graph is launched. */
    LAUNCH,
    /** A tensor map is encoded. */
    ENCODE,
    /** Device memory is allocated. */
    ALLOCATE,
    /** Device memory is freed. */
    FREE,
    /** Memory is copied or filled. */
    COPY,
    /** Somebody waits, for the context, a stream or an event. */
    SYNCHRONIZE,
    /** A stream is made or destroyed. */
    STREAM,
    /** An event is made, recorded or destroyed. */
    EVENT,
    /** A stream is captured into a graph, or asked whether it is; a graph is destroyed. */
    CAPTURE
  }

  /** What the driver says. */
  public enum Fault {
    /** No device memory is left ({@code DG-CUDA-07}). */
    OUT_OF_MEMORY(2),
    /** A cubin is broken. */
    INVALID_IMAGE(200),
    /** A cubin is for another architecture. */
    NO_BINARY_FOR_GPU(209),
    /** A stream, event or module is not one ({@code DG-CUDA-08}). */
    INVALID_HANDLE(400),
    /** A function is not there. */
    NOT_FOUND(500),
    /** A kernel accessed memory that is not its own; breaks the context ({@code DG-CUDA-06}). */
    ILLEGAL_ADDRESS(700),
    /** A launch wants more registers or shared memory than there are. */
    LAUNCH_OUT_OF_RESOURCES(701),
    /** A kernel ran for too long; breaks the context ({@code DG-CUDA-06}). */
    LAUNCH_TIMEOUT(702),
    /** A kernel failed; breaks the context ({@code DG-CUDA-06}). */
    LAUNCH_FAILED(719),
    /** Something else. */
    UNKNOWN(999);

    private final int code;

    Fault(int code) {
      this.code = code;
    }

    /** The driver's {@code CUresult}. */
    public int code() {
      return code;
    }

    /** Whether nothing works in this process any more. */
    public boolean breaksContext() {
      return DriverErrors.breaksContext(code);
    }
  }

  /** The operation with this number fails; 0 is every one. */
  private record Command(int nth, Fault fault) {}

  private final Map<Operation, Integer> seen = new EnumMap<>(Operation.class);
  private final Map<Operation, Command> commands = new EnumMap<>(Operation.class);
  private @Nullable Fault broken;

  /** A driver that does not fail yet. */
  public FailingDriver() {}

  /** A driver that does what {@code real} does, until it is told to fail. */
  public CudaDriver before(CudaDriver real) {
    return (CudaDriver)
        Proxy.newProxyInstance(
            CudaDriver.class.getClassLoader(),
            new Class<?>[] {CudaDriver.class},
            (proxy, method, arguments) -> call(real, method, arguments));
  }

  /** A simulated driver that fails when told to. */
  public CudaDriver simulated() {
    return before(new SimulatedDriver());
  }

  /**
   * The n-th operation of a kind from now on fails, and no other of that kind.
   *
   * @throws IllegalArgumentException if {@code nth} is less than 1
   */
  public synchronized void failAt(Operation operation, int nth, Fault fault) {
    if (nth < 1) {
      throw new IllegalArgumentException("operation " + nth + "; legal: 1 or more");
    }
    seen.put(operation, 0);
    commands.put(operation, new Command(nth, fault));
  }

  /** Every operation of a kind fails from now on. */
  public synchronized void failAlways(Operation operation, Fault fault) {
    commands.put(operation, new Command(0, fault));
  }

  /** Operations of a kind work again, unless the context is broken. */
  public synchronized void heal(Operation operation) {
    commands.remove(operation);
  }

  /** Everything works again, as in a new process. */
  public synchronized void restart() {
    commands.clear();
    broken = null;
  }

  /** How many operations of a kind there were since the last {@link #failAt} for it. */
  public synchronized int count(Operation operation) {
    return seen.getOrDefault(operation, 0);
  }

  private synchronized void check(Operation operation, String call) {
    int now = seen.merge(operation, 1, Integer::sum);
    Command command = commands.get(operation);
    Fault fault = broken;
    if (fault == null && command != null && (command.nth == 0 || command.nth == now)) {
      fault = command.fault;
      if (fault.breaksContext()) {
        broken = fault;
      }
    }
    if (fault != null) {
      throw DriverErrors.failed(call, fault.code, "CUDA_ERROR_" + fault, "injected");
    }
  }

  private @Nullable Object call(
      CudaDriver real, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    Operation operation = operation(method.getName());
    if (operation != null) {
      check(operation, method.getName());
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** What a method of {@link CudaDriver} does; null if it cannot fail. */
  static @Nullable Operation operation(String method) {
    return switch (method) {
      case "deviceCount", "device", "retainPrimaryContext" -> Operation.OPEN;
      case "link" -> Operation.LINK;
      case "loadModule" -> Operation.LOAD_MODULE;
      case "unloadModule" -> Operation.UNLOAD_MODULE;
      case "function", "functionInfo", "allowDynamicSmem" -> Operation.FUNCTION;
      case "launch", "launchGraph" -> Operation.LAUNCH;
      case "encode" -> Operation.ENCODE;
      case "allocate" -> Operation.ALLOCATE;
      case "free" -> Operation.FREE;
      case "upload", "download", "fill", "copy" -> Operation.COPY;
      case "synchronize", "synchronizeStream", "elapsedMillis" -> Operation.SYNCHRONIZE;
      case "createStream", "destroyStream" -> Operation.STREAM;
      case "createEvent", "destroyEvent", "recordEvent" -> Operation.EVENT;
      case "isCapturing", "beginCapture", "endCapture", "destroyGraph" -> Operation.CAPTURE;
      default -> null;
    };
  }
}
