package dev.deepgemm.emulator.internal.parse;

import java.util.List;

/** The tokens of a module, read from front to back. */
final class TokenStream {
  private final List<PtxLexer.Token> tokens;
  private int at;

  TokenStream(List<PtxLexer.Token> tokens) {
    this.tokens = tokens;
  }

  boolean more() {
    return at < tokens.size();
  }

  PtxLexer.Token peek() {
    if (!more()) {
      int line = tokens.isEmpty() ? 1 : tokens.get(tokens.size() - 1).line();
      throw new SyntaxException("DG-EMU-01", line, "the text ends in the middle of a statement");
    }
    return tokens.get(at);
  }

  PtxLexer.Token next() {
    PtxLexer.Token token = peek();
    at++;
    return token;
  }

  boolean at(String text) {
    return more() && tokens.get(at).is(text);
  }

  boolean accept(String text) {
    if (!at(text)) {
      return false;
    }
    at++;
    return true;
  }

  void expect(String text) {
    PtxLexer.Token token = next();
    if (!token.is(text)) {
      throw new SyntaxException(
          "DG-EMU-01", token.line(), "expected \"%s\", got \"%s\"", text, token.text());
    }
  }

  int integer() {
    PtxLexer.Token token = next();
    try {
      return Math.toIntExact(OperandParser.integer(token.text()));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new SyntaxException(
          "DG-EMU-01", token.line(), "expected an integer, got \"%s\"", token.text());
    }
  }

  /** Skips what is left on a line that began with a directive whose operands nobody needs. */
  void skipLine(int line) {
    while (more() && tokens.get(at).line() == line) {
      at++;
    }
  }

  /** Skips a block in braces with everything in it. */
  void skipBraces() {
    expect("{");
    int depth = 1;
    while (depth > 0 && more()) {
      PtxLexer.Token token = next();
      depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
    }
  }

  /** After an error: goes on behind the next semicolon, or in front of the brace that closes. */
  void recover() {
    while (more() && !at("}")) {
      if (at("{")) {
        skipBraces(); // a vector operand, or at module level a whole body
      } else if (tokens.get(at++).is(";")) {
        return;
      }
    }
  }
}
