package dev.deepgemm.driver;

import dev.deepgemm.api.Problem;

/**
 * From a driver's return code to an error that says what to do.
 *
 * <p>The driver has some hundred codes; a user has a handful of situations. Codes that mean the same
 * situation share an id, and the driver's own name and text are always in the message.
 */
public final class DriverErrors {
  /** {@code CUDA_ERROR_INVALID_VALUE}. */
  public static final int INVALID_VALUE = 1;

  /** {@code CUDA_ERROR_OUT_OF_MEMORY}. */
  public static final int OUT_OF_MEMORY = 2;

  /** {@code CUDA_ERROR_NO_DEVICE}. */
  public static final int NO_DEVICE = 100;

  /** {@code CUDA_ERROR_INVALID_CONTEXT}. */
  public static final int INVALID_CONTEXT = 201;

  /** {@code CUDA_ERROR_INVALID_HANDLE}. */
  public static final int INVALID_HANDLE = 400;

  private DriverErrors() {}

  /** Whether a context in which a call returned this is unusable from then on. */
  public static boolean breaksContext(int code) {
    return switch (code) {
      case 700, 702, 710, 714, 715, 716, 717, 718, 719, 720 -> true;
      default -> false;
    };
  }

  /**
   * The error for a call that returned something else than success.
   *
   * @param call the driver's function, for people
   * @param code what it returned, a {@code CUresult}
   * @param name the code's name
   * @param text what the driver says of it
   */
  public static CudaException failed(String call, int code, String name, String text) {
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

  /**
   * The driver is there and finds nothing to drive ({@code DG-CUDA-03}).
   *
   * @param what how that shows
   */
  public static CudaException noDevice(String what) {
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
}
