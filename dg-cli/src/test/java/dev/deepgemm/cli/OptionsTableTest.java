package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Option;
import dev.deepgemm.api.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The documented table of options is that of the code; on failure, paste what the test expected. */
class OptionsTableTest {
  private static final String BEGIN = "<!-- options: begin (checked by OptionsTableTest) -->";
  private static final String END = "<!-- options: end -->";

  /** The tests of a module run in its folder. */
  private static final Path ROOT = Path.of("..");

  static String table() {
    List<String> lines = new ArrayList<>();
    lines.add("| environment variable | system property | default | what it does | legal |");
    lines.add("|---|---|---|---|---|");
    for (Option<?> option : Options.all()) {
      lines.add(
          "| `%s` | `%s` | %s | %s | %s |"
              .formatted(
                  option.env(),
                  option.property(),
                  option.defaultText().isEmpty() ? "empty" : "`" + option.defaultText() + "`",
                  cell(option.doc()),
                  cell(option.legal())));
    }
    return String.join("\n", lines);
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String between(Path file) throws IOException {
    String text = Files.readString(file);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    assertTrue(begin >= 0 && end > begin, () -> file + " has no \"" + BEGIN + "\"");
    return text.substring(begin + BEGIN.length(), end).strip();
  }

  @Test
  void table_inTheDocumentation_isThatOfTheCode() throws IOException {
    assertEquals(table(), between(ROOT.resolve("docs/options.md")));
  }

  /** The README may show the table too; if it does, it is the same one. */
  @Test
  void table_inTheReadme_isTheSame() throws IOException {
    Path readme = ROOT.resolve("README.md");
    if (Files.exists(readme) && Files.readString(readme).contains(BEGIN)) {
      assertEquals(table(), between(readme));
    }
  }
}
