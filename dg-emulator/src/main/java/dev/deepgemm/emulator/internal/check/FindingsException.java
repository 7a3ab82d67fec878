package dev.deepgemm.emulator.internal.check;

import dev.deepgemm.api.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** Ends a run, or refuses one: the emulator hands it on as an exception of its public side. */
public final class FindingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final boolean refused;

  private FindingsException(List<Problem> problems, boolean refused) {
    super(null, null, false, false);
    this.problems = List.copyOf(problems);
    this.refused = refused;
  }

  /** A kernel that did something wrong. */
  public FindingsException(List<Problem> problems) {
    this(problems, false);
  }

  /** A text or a launch that is refused before anything runs. */
  public static FindingsException refused(List<Problem> problems) {
    return new FindingsException(problems, true);
  }

  public List<Problem> problems() {
    return problems;
  }

  public boolean isRefused() {
    return refused;
  }

  @Override
  public String getMessage() {
    return problems.stream().map(Problem::toString).collect(Collectors.joining("\n"));
  }
}
