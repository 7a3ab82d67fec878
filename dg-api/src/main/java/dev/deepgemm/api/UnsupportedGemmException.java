package dev.deepgemm.api;

import java.util.List;

/**
 * A well-formed problem that an architecture cannot configure or has no kernel for ({@code
 * DG-CONF-*}, {@code DG-SMEM-*}, {@code DG-KERN-*}).
 */
public final class UnsupportedGemmException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  /** An error with its problems; at least one. */
  public UnsupportedGemmException(List<Problem> problems) {
    super(problems);
  }

  /** An error with one problem. */
  public UnsupportedGemmException(Problem problem) {
    this(List.of(problem));
  }
}
