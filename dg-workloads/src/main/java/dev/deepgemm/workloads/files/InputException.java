package dev.deepgemm.workloads.files;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a person handed in is not legal: an option, a file, a model, a folder to write to. The problems say
 * what would be.
 */
public final class InputException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  public InputException(List<Problem> problems) {
    super(problems);
  }

  public InputException(List<Problem> problems, Throwable cause) {
    super(problems, cause);
  }

  public InputException(Problem problem) {
    this(problem, null);
  }

  public InputException(Problem problem, @Nullable Throwable cause) {
    super(List.of(problem), cause);
  }

  public static void throwIfAny(List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw new InputException(problems);
    }
  }
}
