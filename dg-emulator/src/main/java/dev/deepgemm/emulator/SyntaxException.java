package dev.deepgemm.emulator;

import dev.deepgemm.api.Problem;

/**
 * One statement cannot be read or decoded. Never leaves the package: it is caught per statement and
 * collected into an {@link FindingsException}.
 */
final class SyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  SyntaxException(String id, int line, String format, Object... args) {
    super(null, null, false, false);
    this.problem = new Problem(id, "line " + line + ": " + Text.format(format, args));
  }

  Problem problem() {
    return problem;
  }
}
