package dev.deepgemm.jit;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.jit.internal.cuda.CudaContext;
import dev.deepgemm.jit.internal.cuda.NvidiaDriver;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One device and the context in which the library works on it; also what tools and tests need of a
 * GPU: memory, streams, timing, graphs.
 *
 * <p>The context is the one that is current on the opening thread, so that memory of the caller's
 * framework can be passed in; without one it is the device's primary context, which is what the CUDA
 * runtime (PyTorch, cuBLAS) uses. Every method may be called from any thread: it makes the context
 * current for the call. A thread that had none keeps it afterwards, a thread that had another one gets
 * that one back.
 *
 * <p>Addresses and streams are raw driver values; stream 0 is the legacy default stream. Failures are
 * {@link CudaException}s.
 */
public final class Gpu implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Gpu.class.getName());

  private final CudaContext context;
  private final CudaDriver driver;

  private Gpu(CudaContext context) {
    this.context = context;
    this.driver = context.driver();
  }

  /**
   * What a search for a device found.
   *
   * @param gpu the device, if there is one that works
   * @param problem what is in the way if there is none
   */
  public record Search(Optional<Gpu> gpu, Optional<Problem> problem) {
    /** What to tell the user if there is no device; empty if there is one. */
    public String whyNot() {
      return problem.map(Problem::toString).orElse("");
    }

    CudaContext.Search context() {
      return new CudaContext.Search(gpu.map(Gpu::context), problem);
    }
  }

  /** Looks for a device; never throws. Close the device after use. */
  public static Search find() {
    return find(OptionalInt.empty());
  }

  /** Looks for the device of that number; never throws. Close the device after use. */
  public static Search find(OptionalInt ordinal) {
    try {
      return new Search(Optional.of(open(ordinal)), Optional.empty());
    } catch (CudaException e) {
      return new Search(Optional.empty(), Optional.of(e.problems().get(0)));
    }
  }

  /**
   * Opens the device of the current context, or device 0.
   *
   * @throws CudaException if there is no driver or no device ({@code DG-CUDA-02}, {@code DG-CUDA-03})
   */
  public static Gpu open() {
    return open(OptionalInt.empty());
  }

  /**
   * Opens a device.
   *
   * @param ordinal its number; without one, that of the current context, or 0
   * @throws CudaException if there is no such device ({@code DG-CUDA-02} to {@code DG-CUDA-04})
   */
  public static Gpu open(OptionalInt ordinal) {
    return open(systemDriver(), ordinal);
  }

  /**
   * Opens a device of a driver that is the caller's: one that stands in front of {@link
   * #systemDriver}, or a simulated one. {@link DeepGemmBuilder#gpu} then takes the device.
   *
   * @param driver carries out everything that is asked of the device
   * @param ordinal its number; without one, that of the current context, or 0
   * @throws CudaException if there is no such device ({@code DG-CUDA-03}, {@code DG-CUDA-04})
   */
  public static Gpu open(CudaDriver driver, OptionalInt ordinal) {
    return new Gpu(CudaContext.open(driver, ordinal));
  }

  /**
   * The NVIDIA driver of this machine, to be put behind another.
   *
   * @throws CudaException if there is none ({@code DG-CUDA-02}), it finds no device ({@code
   *     DG-CUDA-03}) or there are no bindings to it ({@code DG-CUDA-09})
   */
  public static CudaDriver systemDriver() {
    return NvidiaDriver.open();
  }

  /** What the device is. */
  public DeviceInfo info() {
    return context.info();
  }

  CudaDriver driver() {
    return driver;
  }

  CudaContext context() {
    return context;
  }

  /** Device memory of the caller's own, aligned to 256 bytes at least; close it after use. */
  public GpuBuffer allocate(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("device memory of " + bytes + " bytes; legal: 1 or more");
    }
    return new GpuBuffer(this, context.call(() -> driver.allocate(bytes)), bytes);
  }

  /** Copies between two places in device memory, in the order of the stream. */
  public void copy(long from, long to, long bytes, long stream) {
    context.run(() -> driver.copy(from, to, bytes, stream));
  }

  /** Sets device memory to a byte, in the order of the stream. */
  public void fill(long address, byte value, long bytes, long stream) {
    context.run(() -> driver.fill(address, value, bytes, stream));
  }

  /** Waits for all work of the context. */
  public void synchronize() {
    context.run(driver::synchronize);
  }

  /** Waits for all work of a stream. */
  public void synchronize(long stream) {
    context.run(() -> driver.synchronizeStream(stream));
  }

  /** A stream that does not synchronise with the legacy default stream. */
  public long createStream() {
    return context.call(driver::createStream);
  }

  /** Destroys a stream from {@link #createStream}. */
  public void destroyStream(long stream) {
    context.run(() -> driver.destroyStream(stream));
  }

  /** Whether a stream is being captured into a CUDA graph. */
  public boolean isCapturing(long stream) {
    long previous = context.enter();
    try {
      return driver.isCapturing(stream);
    } finally {
      context.leave(previous);
    }
  }

  /**
   * Device time of what {@code work} enqueues on a stream, in microseconds, between two events; waits
   * for it. Times below some 10 us are mostly launch overhead: time a {@link #capture graph} of many
   * launches instead.
   */
  public double timeMicros(long stream, Runnable work) {
    long previous = context.enter();
    long start = 0;
    long stop = 0;
    try {
      start = driver.createEvent();
      stop = driver.createEvent();
      driver.recordEvent(start, stream);
      work.run();
      driver.recordEvent(stop, stream);
      return 1000.0 * driver.elapsedMillis(start, stop);
    } finally {
      destroyEvents(start, stop);
      context.leave(previous);
    }
  }

  /**
   * Device times of consecutive runs of {@code work} on a stream, in microseconds; waits for them.
   *
   * <p>Everything is enqueued before anything is waited for, behind one run that is not timed. So the
   * device goes from run to run without waiting for the host, as long as a run keeps the device busy for
   * longer than the host needs to enqueue it.
   *
   * @param times how many runs are timed
   */
  public double[] timesMicros(long stream, int times, Runnable work) {
    long previous = context.enter();
    long[] events = new long[times + 1];
    try {
      for (int i = 0; i <= times; i++) {
        events[i] = driver.createEvent();
      }
      for (int i = 0; i <= times; i++) {
        work.run();
        driver.recordEvent(events[i], stream);
      }
      double[] micros = new double[times];
      for (int i = 0; i < times; i++) {
        micros[i] = 1000.0 * driver.elapsedMillis(events[i], events[i + 1]);
      }
      return micros;
    } finally {
      destroyEvents(events);
      context.leave(previous);
    }
  }

  /** Never throws: a context that refuses this has refused before, and that error is on its way. */
  private void destroyEvents(long... events) {
    for (long event : events) {
      if (event != 0) {
        try {
          driver.destroyEvent(event);
        } catch (CudaException e) {
          LOG.log(System.Logger.Level.DEBUG, "cannot destroy an event", e);
        }
      }
    }
  }

  /**
   * Captures what {@code work} enqueues on a stream into a CUDA graph, without running it. The stream
   * must be one from {@link #createStream} or the caller's own: the legacy default stream cannot be
   * captured. Close the graph after use.
   */
  public GpuGraph capture(long stream, Runnable work) {
    long previous = context.enter();
    try {
      driver.beginCapture(stream);
      try {
        work.run();
      } catch (Throwable e) {
        // The stream must not stay in capture; what the capture itself complains of is secondary.
        try {
          driver.destroyGraph(driver.endCapture(stream));
        } catch (CudaException secondary) {
          e.addSuppressed(secondary);
        }
        throw e;
      }
      return new GpuGraph(this, driver.endCapture(stream));
    } finally {
      context.leave(previous);
    }
  }

  /** The 128 bytes of a tensor map as the driver encodes it. */
  public byte[] encode(TensorMap map) {
    return driver.encode(map);
  }

  /** Lets go of the primary context, if it was retained here. Safe to call twice. */
  @Override
  public void close() {
    context.close();
  }

  @Override
  public String toString() {
    return info().name() + " (device " + info().ordinal() + ")";
  }
}
