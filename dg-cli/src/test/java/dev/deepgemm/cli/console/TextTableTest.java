package dev.deepgemm.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void print_columns_areAligned() {
    TextTable table = new TextTable("tile", "waves", "why");
    table.row("64x16", 1000, "");
    table.row("8", 7, "slow");
    StringWriter text = new StringWriter();
    table.print(new PrintWriter(text, true), "> ");
    assertEquals(
        "> tile   waves  why\n> 64x16   1000\n> 8          7  slow\n",
        text.toString().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void row_ofAnotherWidth_isAMistake() {
    assertThrows(IllegalArgumentException.class, () -> new TextTable("a", "b").row("x"));
  }
}
