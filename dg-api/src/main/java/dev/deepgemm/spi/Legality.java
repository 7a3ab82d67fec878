package dev.deepgemm.spi;

/** Whether a choice is legal on an architecture, and if not, why. */
public sealed interface Legality {
  /** The choice is legal. */
  record Legal() implements Legality {}

  /**
   * The choice is not legal.
   *
   * @param reason the rule and the numbers, for a human
   */
  record Illegal(String reason) implements Legality {}

  /** The legal answer. */
  static Legality legal() {
    return new Legal();
  }

  /** An illegal answer; the reason is formatted with {@link String#format}. */
  static Legality illegal(String format, Object... args) {
    return new Illegal(args.length == 0 ? format : String.format(format, args));
  }

  /** Legal exactly if the condition holds. */
  static Legality of(boolean legal, String reasonIfNot) {
    return legal ? legal() : new Illegal(reasonIfNot);
  }

  /** True if legal. */
  default boolean isLegal() {
    return this instanceof Legal;
  }

  /** The reason, or an empty string if legal. */
  default String reason() {
    return this instanceof Illegal illegal ? illegal.reason : "";
  }
}
