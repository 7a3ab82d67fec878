package dev.deepgemm.jit.kernel;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** PTX cannot be turned into machine code on this machine ({@code DG-JIT-*}). */
public final class JitException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  /** Several problems at once. */
  public JitException(List<Problem> problems, @Nullable Throwable cause) {
    super(problems, cause);
  }

  /** One problem, and what was caught. */
  public JitException(Problem problem, @Nullable Throwable cause) {
    this(List.of(problem), cause);
  }

  /** One problem. */
  public JitException(Problem problem) {
    this(List.of(problem), null);
  }
}
