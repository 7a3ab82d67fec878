package dev.deepgemm.api;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with an input.
 *
 * @param id stable identifier, {@code DG-<AREA>-<nn>}; documented in docs/errors.md
 * @param message what is wrong, the value, what is legal, what to do
 */
public record Problem(String id, String message) {
  /** Checks the shape of the identifier, so that a typo cannot reach a user. */
  public Problem {
    if (!id.matches("DG-[A-Z0-9]+-\\d\\d")) {
      throw new IllegalArgumentException("not a problem id: " + id);
    }
  }

  /** A problem whose message is formatted with {@link String#format}, alike in every locale. */
  public static Problem of(String id, String format, @Nullable Object... args) {
    return new Problem(id, args.length == 0 ? format : String.format(Locale.ROOT, format, args));
  }

  @Override
  public String toString() {
    return id + ": " + message;
  }
}
