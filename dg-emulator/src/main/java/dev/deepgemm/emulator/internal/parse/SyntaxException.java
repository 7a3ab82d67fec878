package dev.deepgemm.emulator.internal.parse;

import dev.deepgemm.api.Problem;
import dev.deepgemm.emulator.internal.check.FindingsException;
import dev.deepgemm.emulator.internal.check.Text;

/**
 * One statement cannot be read or decoded. Parser and decoder catch it per statement and collect it
 * into a {@link FindingsException}; it goes no further.
 */
public final class SyntaxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  public SyntaxException(String id, int line, String format, Object... args) {
    super(null, null, false, false);
    this.problem = new Problem(id, "line " + line + ": " + Text.format(format, args));
  }

  public Problem problem() {
    return problem;
  }
}
