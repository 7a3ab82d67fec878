package dev.deepgemm.api;

import java.util.List;

/** An option has a value that is not legal ({@code DG-OPT-*}). */
public final class OptionException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  /** An error with one problem. */
  public OptionException(Problem problem) {
    super(List.of(problem));
  }
}
