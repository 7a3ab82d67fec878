package dev.deepgemm.api;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A named setting: how it is called, what is legal, and what it is when nobody sets it. {@link Options} has all of them.
 *
 * @param <T> type of the value
 */
public final class Option<T> {
  private final Description description;
  private final String defaultText;
  private final Function<String, T> parser;

  private Option(Description description, String defaultText, Function<String, T> parser) {
    this.description = description;
    this.defaultText = defaultText;
    this.parser = parser;
  }

  /** An option of these names, to be described further. */
  static Description named(String env, String property) {
    return new Description(env, property, "", "");
  }

  /**
   * What an option is called, and what it is for.
   *
   * @param env environment variable
   * @param property Java system property
   * @param legal what values are legal, in words, for the error
   * @param doc one line for {@code dg info} and the README
   */
  record Description(String env, String property, String legal, String doc) {
    Description legal(String values) {
      return new Description(env, property, values, doc);
    }

    Description doc(String line) {
      return new Description(env, property, legal, line);
    }

    /**
     * The option.
     *
     * @param defaultText the default as a user would write it
     * @param parser text to value; throws {@link IllegalArgumentException} for anything illegal
     */
    <T> Option<T> otherwise(String defaultText, Function<String, T> parser) {
      return new Option<>(this, defaultText, parser);
    }
  }

  /** Environment variable. */
  public String env() {
    return description.env;
  }

  /** Java system property. */
  public String property() {
    return description.property;
  }

  /** What values are legal, in words, for the error. */
  public String legal() {
    return description.legal;
  }

  /** One line for {@code dg info} and the README. */
  public String doc() {
    return description.doc;
  }

  /** The default as a user would write it. */
  public String defaultText() {
    return defaultText;
  }

  /** Where a value came from, strongest first. */
  public enum Source {
    /** Set in code, through {@link Options#with}. */
    PROGRAM,
    /** A Java system property. */
    PROPERTY,
    /** An environment variable. */
    ENVIRONMENT,
    /** Nobody set it. */
    DEFAULT
  }

  /**
   * A value and where it came from.
   *
   * @param value the parsed value
   * @param text what the user wrote, or the default
   * @param source where it came from
   * @param <T> type of the value
   */
  public record Resolved<T>(T value, String text, Source source) {}

  Resolved<T> resolve(@Nullable String text, Source source) {
    String written = text == null ? defaultText : text;
    try {
      return new Resolved<>(parser.apply(written), written, source);
    } catch (IllegalArgumentException e) {
      String where =
          switch (source) {
            case PROGRAM -> "option " + property() + " (set in code)";
            case PROPERTY -> "system property " + property();
            case ENVIRONMENT -> "environment variable " + env();
            case DEFAULT -> "default of " + property();
          };
      throw new OptionException(
          Problem.of(
              "DG-OPT-01",
              "%s is \"%s\"; legal: %s. Unset it for the default, %s",
              where,
              written,
              legal(),
              defaultText.isEmpty() ? "none" : defaultText));
    }
  }

  @Override
  public String toString() {
    return "Option[" + env() + "]";
  }
}
