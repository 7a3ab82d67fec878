package dev.deepgemm.jit.internal.cuda;

import dev.deepgemm.api.Problem;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.driver.DriverErrors;
import org.jspecify.annotations.Nullable;

/** What is wrong without the driver having said so; {@link DriverErrors} is about what it says. */
public final class CudaErrors {
  private CudaErrors() {}

  /** {@code libcuda.so.1} cannot be opened. */
  static CudaException noDriver(@Nullable Throwable cause) {
    return new CudaException(
        CudaException.NO_CODE,
        Problem.of(
            "DG-CUDA-02",
            "no NVIDIA driver: libcuda.so.1 cannot be loaded (%s)%n"
                + "  (a) the machine has no NVIDIA GPU: configure, emit, compile and emulate work"
                + " without one, launches do not%n"
                + "  (b) the driver is not installed: nvidia-smi must work first%n"
                + "  (c) the process runs in a container without GPU access: start it with --gpus"
                + " all, driver capability \"compute\"%n"
                + "  (d) the library is in an unusual folder: add the folder to LD_LIBRARY_PATH",
            firstLine(cause)),
        cause);
  }

  /** A device that was looked for in vain is needed after all. */
  public static CudaException unavailable(Problem whyNot) {
    return new CudaException(CudaException.NO_CODE, whyNot, null);
  }

  /** The driver is there, the Java bindings to it are not. */
  static CudaException noBindings(Throwable cause) {
    return new CudaException(
        CudaException.NO_CODE,
        Problem.of(
            "DG-CUDA-09",
            "the native part of JCuda or JNA cannot be loaded (%s)%n"
                + "  (a) this is not Linux x86-64: there are natives for no other platform%n"
                + "  (b) jcuda-natives-*-linux-x86_64.jar is missing from the class path%n"
                + "  (c) the temporary folder is mounted noexec: point -Djava.io.tmpdir and"
                + " -Djna.tmpdir elsewhere",
            firstLine(cause)),
        cause);
  }

  /** The device that was asked for does not exist. */
  static CudaException noSuchDevice(int ordinal, int count) {
    return new CudaException(
        CudaException.NO_CODE,
        Problem.of(
            "DG-CUDA-04",
            "there is no device %d; the driver shows %d, legal: 0 to %d",
            ordinal,
            count,
            count - 1),
        null);
  }

  /** A kernel would have to be compiled or loaded while the stream is being captured. */
  public static CudaException capturing(String kernel, String problem) {
    return new CudaException(
        CudaException.NO_CODE,
        Problem.of(
            "DG-CUDA-05",
            "kernel %s is not loaded and the stream is being captured into a CUDA graph, where nothing"
                + " may be compiled or loaded; call prepare() with %s before the capture begins",
            kernel,
            problem),
        null);
  }

  /** A launch asks for more dynamic shared memory than a CTA of the device may have. */
  public static CudaException sharedMemory(String kernel, int wanted, int legal) {
    return new CudaException(
        CudaException.NO_CODE,
        Problem.of(
            "DG-CUDA-10",
            "kernel %s wants %,d B of dynamic shared memory per CTA; legal on this device: at most %,d B",
            kernel,
            wanted,
            legal),
        null);
  }

  public static String firstLine(@Nullable Throwable cause) {
    if (cause == null || cause.getMessage() == null) {
      return String.valueOf(cause);
    }
    return cause.getMessage().lines().findFirst().orElse("").strip();
  }
}
