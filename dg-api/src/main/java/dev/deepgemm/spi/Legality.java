package dev.deepgemm.spi;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether a choice is legal on an architecture, and if not, why.
 *
 * <p>A selector asks this question about a hundred times per problem and reads a reason only when
 * somebody wants an explanation, so a reason is kept as a format with its arguments and becomes
 * text when it is asked for. Arguments must be immutable.
 */
public sealed interface Legality {
  /** The choice is legal. */
  record Legal() implements Legality {
    private static final Legality INSTANCE = new Legal();

    @Override
    public boolean isLegal() {
      return true;
    }

    @Override
    public String reason() {
      return "";
    }
  }

  /** The choice is not legal. Two of these are equal if their reasons read the same. */
  final class Illegal implements Legality {
    private final String format;
    private final @Nullable Object[] args;

    private Illegal(String format, @Nullable Object[] args) {
      this.format = format;
      this.args = args;
    }

    @Override
    public boolean isLegal() {
      return false;
    }

    @Override
    public String reason() {
      return args.length == 0 ? format : String.format(Locale.ROOT, format, args);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Illegal illegal && reason().equals(illegal.reason());
    }

    @Override
    public int hashCode() {
      return Objects.hash(reason());
    }

    @Override
    public String toString() {
      return "Illegal[" + reason() + "]";
    }
  }

  /** The legal answer. */
  static Legality legal() {
    return Legal.INSTANCE;
  }

  /**
   * An illegal answer.
   *
   * @param format the rule and the numbers, for a human; taken as it is where there are no
   *     arguments, a {@link String#format} pattern otherwise
   * @param args immutable values
   */
  static Legality illegal(String format, @Nullable Object... args) {
    return new Illegal(format, Arrays.copyOf(args, args.length));
  }

  /** Legal exactly if the condition holds. */
  static Legality of(boolean legal, String reasonIfNot) {
    return legal ? legal() : illegal(reasonIfNot);
  }

  /** True if legal. */
  boolean isLegal();

  /** The reason, or an empty string if legal. */
  String reason();
}
