package dev.deepgemm.emulator.internal.parse;

import dev.deepgemm.api.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts PTX text into tokens.
 *
 * <p>A word is everything that PTX writes without blanks: {@code %tid.x}, {@code
 * cp.async.bulk.tensor.2d.shared::cluster.global}, {@code 0f3F800000}. A single colon ends a word
 * (it marks a label), a double one is part of it.
 */
final class PtxLexer {
  /**
   * A word or a single punctuation character.
   *
   * @param text its characters
   * @param line the line it begins on; 1 is the first
   */
  record Token(String text, int line) {
    boolean is(String other) {
      return text.equals(other);
    }

    boolean isWord() {
      char c = text.charAt(0);
      return isWordCharacter(c);
    }
  }

  private final String text;
  private final List<Problem> problems;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;

  private PtxLexer(String text, List<Problem> problems) {
    this.text = text;
    this.problems = problems;
  }

  static List<Token> tokens(String text, List<Problem> problems) {
    PtxLexer lexer = new PtxLexer(text, problems);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        line++;
        at++;
      } else if (Character.isWhitespace(c)) {
        at++;
      } else if (text.startsWith("//", at)) {
        skipTo(text.indexOf('\n', at));
      } else if (text.startsWith("/*", at)) {
        int end = text.indexOf("*/", at + 2);
        skipTo(end < 0 ? end : end + 2);
      } else if (c == '"') {
        int end = text.indexOf('"', at + 1);
        skipTo(end < 0 ? end : end + 1);
      } else if (isWordCharacter(c)) {
        word();
      } else if ("{}()[]<>,;:@!|+-=*/~".indexOf(c) >= 0) {
        tokens.add(new Token(String.valueOf(c), line));
        at++;
      } else {
        problems.add(Problem.of("DG-EMU-01", "line %d: character '%s' is not PTX", line, c));
        at++;
      }
    }
  }

  private void skipTo(int end) {
    int stop = end < 0 ? text.length() : end;
    for (; at < stop; at++) {
      if (text.charAt(at) == '\n') {
        line++;
      }
    }
  }

  private void word() {
    int start = at;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (isWordCharacter(c)) {
        at++;
      } else if (c == ':'
          && at + 2 < text.length()
          && text.charAt(at + 1) == ':'
          && isWordCharacter(text.charAt(at + 2))) {
        at += 2;
      } else if ((c == '-' || c == '+') && exponentAt(start)) {
        at++;
      } else {
        break;
      }
    }
    tokens.add(new Token(text.substring(start, at), line));
  }

  /**
   * Whether the word so far is a decimal literal that stops at its exponent, as in {@code 1.5e}.
   */
  private boolean exponentAt(int start) {
    String word = text.substring(start, at);
    return word.matches("\\d+\\.?\\d*[eE]");
  }

  private static boolean isWordCharacter(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '%' || c == '$' || c == '.';
  }
}
