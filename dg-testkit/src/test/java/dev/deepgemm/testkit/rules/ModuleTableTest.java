package dev.deepgemm.testkit.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/architecture.md tells of the modules what the architecture rules hold. */
class ModuleTableTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "architecture.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `dg-([a-z0-9]+)` \\|.*\\| ([a-z0-9, ]+) \\|$", Pattern.MULTILINE);

  /** The columns "module" and "sees" of a text's table of modules. */
  private static Map<String, Set<String>> tableOf(String text) {
    Map<String, Set<String>> table = new TreeMap<>();
    Matcher row = ROW.matcher(text);
    while (row.find()) {
      Set<String> sees = new TreeSet<>(Arrays.asList(row.group(2).split(", ")));
      sees.remove("nothing");
      assertEquals(null, table.put(row.group(1), sees), "two rows of dg-" + row.group(1));
    }
    return table;
  }

  private static Map<String, Set<String>> tableOfTheRules() {
    Map<String, Set<String>> table = new TreeMap<>();
    ModuleTable.maySee().forEach((module, sees) -> table.put(module, new TreeSet<>(sees)));
    return table;
  }

  @Test
  void document_hasTheTableOfTheRules() throws IOException {
    assertEquals(tableOfTheRules(), tableOf(Files.readString(DOCUMENT)));
  }

  @Test
  void document_withOneModuleMoreOrLess_differs() throws IOException {
    String text = Files.readString(DOCUMENT);
    Matcher row = ROW.matcher(text);
    int rows = 0;
    while (row.find()) {
      String without = text.substring(0, row.start()) + text.substring(row.end());
      assertNotEquals(tableOfTheRules(), tableOf(without), row.group());
      String more = text.substring(0, row.end(2)) + ", novel" + text.substring(row.end(2));
      assertNotEquals(tableOfTheRules(), tableOf(more), row.group());
      rows++;
    }
    assertTrue(rows > 10, rows + " rows");
  }
}
