package dev.deepgemm.driver;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The NVIDIA driver is missing, refuses a call, or is asked at the wrong time ({@code DG-CUDA-*}). */
public final class CudaException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  /** The {@link #code()} of an error that no driver call reported. */
  public static final int NO_CODE = -1;

  private final int code;

  /**
   * An error of a driver.
   *
   * @param code the driver's {@code CUresult}, or {@link #NO_CODE}
   * @param problem what to tell the user
   * @param cause what was caught, if anything
   */
  public CudaException(int code, Problem problem, @Nullable Throwable cause) {
    super(List.of(problem), cause);
    this.code = code;
  }

  /** The driver's {@code CUresult}, or {@link #NO_CODE} if the driver was not what failed. */
  public int code() {
    return code;
  }
}
