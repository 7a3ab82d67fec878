package dev.deepgemm.cli;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Input of the command line that is not legal ({@code DG-CLI-*}, {@code DG-FILE-*}). */
final class CliException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  CliException(List<Problem> problems) {
    super(problems);
  }

  CliException(List<Problem> problems, Throwable cause) {
    super(problems, cause);
  }

  CliException(Problem problem) {
    this(problem, null);
  }

  CliException(Problem problem, @Nullable Throwable cause) {
    super(List.of(problem), cause);
  }

  static void throwIfAny(List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw new CliException(problems);
    }
  }
}
