package dev.deepgemm.api;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Base of every error that a user of the library can cause or meet.
 *
 * <p>An exception carries all problems that were found in one input, not the first alone.
 */
public abstract class DeepGemmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /** An error with its problems; at least one. */
  protected DeepGemmException(List<Problem> problems, @Nullable Throwable cause) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")), cause);
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("an error needs at least one problem");
    }
    this.problems = List.copyOf(problems);
  }

  /** An error with its problems; at least one. */
  protected DeepGemmException(List<Problem> problems) {
    this(problems, null);
  }

  /** The problems, in the order in which they were found. */
  public List<Problem> problems() {
    return problems;
  }
}
