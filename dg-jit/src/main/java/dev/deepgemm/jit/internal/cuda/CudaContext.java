package dev.deepgemm.jit.internal.cuda;

import dev.deepgemm.api.Problem;
import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.driver.DriverErrors;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * One device, the context in which the library works on it, and the driver of both: what is behind
 * {@code Gpu}. Which context that is, and what becomes of a thread's own, is told there.
 */
public final class CudaContext implements AutoCloseable {
  private final CudaDriver driver;
  private final DeviceInfo info;
  private final long handle;
  private final boolean retained;
  private boolean closed;

  private CudaContext(CudaDriver driver, DeviceInfo info, long handle, boolean retained) {
    this.driver = driver;
    this.info = info;
    this.handle = handle;
    this.retained = retained;
  }

  /**
   * What a search for a device found.
   *
   * @param context that of the device, if there is one that works
   * @param problem what is in the way if there is none
   */
  public record Search(Optional<CudaContext> context, Optional<Problem> problem) {
    /** What to tell the user if there is no device; empty if there is one. */
    public String whyNot() {
      return problem.map(Problem::toString).orElse("");
    }
  }

  /**
   * Opens a device.
   *
   * @param ordinal its number; without one, that of the current context, or 0
   * @throws CudaException if there is no such device ({@code DG-CUDA-03}, {@code DG-CUDA-04})
   */
  public static CudaContext open(CudaDriver driver, OptionalInt ordinal) {
    int count = driver.deviceCount();
    if (count == 0) {
      throw DriverErrors.noDevice("it counts 0 devices");
    }
    if (ordinal.isPresent() && (ordinal.getAsInt() < 0 || ordinal.getAsInt() >= count)) {
      throw CudaErrors.noSuchDevice(ordinal.getAsInt(), count);
    }
    long current = driver.currentContext();
    int device = ordinal.orElse(current == 0 ? 0 : driver.currentDevice());
    long primary = driver.retainPrimaryContext(device);
    // The current context may be the primary one without anybody holding it: a thread keeps
    // it, dead, after the last holder has let go. So it is compared with one that is held, and not
    // believed.
    if (current != 0 && current != primary && driver.currentDevice() == device) {
      driver.releasePrimaryContext(device);
      return new CudaContext(driver, driver.device(device), current, false);
    }
    return new CudaContext(driver, driver.device(device), primary, true);
  }

  /** What the device is. */
  public DeviceInfo info() {
    return info;
  }

  /** The driver, to be asked between {@link #enter} and {@link #leave}. */
  public CudaDriver driver() {
    return driver;
  }

  /**
   * Makes the context current; what to hand to {@link #leave}. Two calls instead of a closeable, since
   * this is on the way of every launch.
   */
  public long enter() {
    long current = driver.currentContext();
    if (current == handle) {
      return 0;
    }
    driver.setCurrentContext(handle);
    return current;
  }

  /** Makes what was current before {@link #enter} current again. */
  public void leave(long previous) {
    if (previous != 0) {
      driver.setCurrentContext(previous);
    }
  }

  /** Runs it in the context. */
  public long call(LongSupplier body) {
    long previous = enter();
    try {
      return body.getAsLong();
    } finally {
      leave(previous);
    }
  }

  /** Runs it in the context. */
  public void run(Runnable body) {
    long previous = enter();
    try {
      body.run();
    } finally {
      leave(previous);
    }
  }

  /** Lets go of the primary context, if it was retained here. Safe to call twice. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      if (retained) {
        driver.releasePrimaryContext(info.ordinal());
      }
    }
  }
}
