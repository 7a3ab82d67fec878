package dev.deepgemm.api;

import java.util.List;

/** A problem description or an operand breaks a rule ({@code DG-DESC-*}, {@code DG-ARG-*}). */
public final class InvalidGemmException extends DeepGemmException {
  private static final long serialVersionUID = 1L;

  /** An error with its problems; at least one. */
  public InvalidGemmException(List<Problem> problems) {
    super(problems);
  }

  /** Throws if there is any problem. */
  public static void throwIfAny(List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw new InvalidGemmException(problems);
    }
  }
}
