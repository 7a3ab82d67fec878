package dev.deepgemm.jit;

import dev.deepgemm.api.Problem;
import org.jspecify.annotations.Nullable;

/**
 * From a driver's return code to an error that says what to do.
 *
 * <p>The driver has some hundred codes; a user has a handful of situations. Codes that mean the same
 * situation share an id, and the driver's own name and text are always in the message.
 */
final class CudaErrors {
  static final int OUT_OF_MEMORY = 2;
  static final int NO_DEVICE = 100;
  static final int INVALID_CONTEXT = 201;
  static final int INVALID_HANDLE = 400;

  private CudaErrors() {}

  /** Whether a context in which a call returned this is unusable from then on. */
  static boolean breaksContext(int code) {
    return switch (code) {
      case 700, 702, 710, 714, 715, 716, 717, 718, 719, 720 -> true;
      default -> false;
    };
  }

  /** A driver call returned something else than success. */
  static CudaException failed(String call, int code, String name, String text) {
    String what = call + " returned " + name + " (" + code + "), \"" + text + "\"";
    Problem problem =
        switch (code) {
          case OUT_OF_MEMORY ->
              Problem.of("DG-CUDA-07", "%s. Free device memory, or use a smaller problem", what);
          case NO_DEVICE, 101, 803, 804 -> noDeviceProblem(what);
          case INVALID_CONTEXT, INVALID_HANDLE, 709 ->
              Problem.of(
                  "DG-CUDA-08",
                  "%s. A stream, event, module or context belongs to another context, or has been"
                      + " destroyed: make the context current that the DeepGemm object was created in,"
                      + " and pass streams of that context",
                  what);
          case 900, 901, 902, 903, 904, 905, 906, 907, 908 ->
              Problem.of(
                  "DG-CUDA-05",
                  "%s. A stream of this thread is being captured into a CUDA graph: call prepare()"
                      + " before the capture begins",
                  what);
          default ->
              breaksContext(code)
                  ? Problem.of(
                      "DG-CUDA-06",
                      "%s. An earlier kernel or copy of this process failed, not necessarily this"
                          + " call, and the context is unusable from now on: restart the process; run"
                          + " it under compute-sanitizer to find the kernel",
                      what)
                  : Problem.of("DG-CUDA-01", "%s", what);
        };
    return new CudaException(code, problem, null);
  }

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

  /** The driver is there and finds nothing to drive. */
  static CudaException noDevice(String what) {
    return new CudaException(NO_DEVICE, noDeviceProblem(what), null);
  }

  private static Problem noDeviceProblem(String what) {
    return Problem.of(
        "DG-CUDA-03",
        "the NVIDIA driver finds no usable GPU: %s%n"
            + "  (a) the machine has none%n"
            + "  (b) CUDA_VISIBLE_DEVICES hides all of them%n"
            + "  (c) driver library and kernel module differ in version: reboot after an update, or"
            + " rebuild the container",
        what);
  }

  /** The device that a search did not find is needed after all. */
  static CudaException unavailable(Gpu.Search search) {
    return new CudaException(CudaException.NO_CODE, search.problem().orElseThrow(), null);
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
  static CudaException capturing(String kernel, String problem) {
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
  static CudaException sharedMemory(String kernel, int wanted, int legal) {
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

  static String firstLine(@Nullable Throwable cause) {
    if (cause == null || cause.getMessage() == null) {
      return String.valueOf(cause);
    }
    return cause.getMessage().lines().findFirst().orElse("").strip();
  }
}
