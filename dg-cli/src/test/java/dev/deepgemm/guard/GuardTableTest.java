package dev.deepgemm.guard;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

class GuardTableTest {
  private static final List<String> LINES = List.of("one", "  a", "  b", "two", "  a", "  c");

  @TempDir private Path folder;

  private GuardTable written() {
    GuardTable table = GuardTable.at(folder.resolve("table.txt"));
    table.check(LINES, true);
    return table;
  }

  @Test
  void check_ofTheSameLines_passes() {
    GuardTable table = written();
    assertDoesNotThrow(() -> table.check(LINES, false));
  }

  @Test
  void check_withoutATable_fails() {
    GuardTable table = GuardTable.at(folder.resolve("absent.txt"));
    assertThrows(AssertionFailedError.class, () -> table.check(LINES, false));
    assertFalse(folder.resolve("absent.txt").toFile().exists());
  }

  @Test
  void check_ofAChangedLine_saysWhichAndWhatToDo() {
    List<String> changed = new ArrayList<>(LINES);
    changed.set(4, "  A");
    GuardTable table = written();
    String message =
        assertThrows(AssertionFailedError.class, () -> table.check(changed, false)).getMessage();
    assertTrue(message.contains("1 lines gone, 1 lines new"), message);
    assertTrue(message.contains("  in two\n- line 5:   a\n+ line 5:   A\n"), message);
    assertTrue(message.contains("-Dguard.update=true"), message);
  }

  @Test
  void check_withUpdate_writesTheTable() throws IOException {
    GuardTable table = written();
    table.check(List.of("other"), true);
    assertEquals("other\n", Files.readString(folder.resolve("table.txt")));
  }

  @Test
  void difference_afterAnInsertedLine_isThatLine() {
    List<String> more = new ArrayList<>(LINES);
    more.add(1, "  0");
    assertEquals(
        "0 lines gone, 1 lines new; the first of them:\n  in one\n+ line 2:   0",
        LineDifference.between(LINES, more).toString());
  }

  @Test
  void difference_ofManyLines_countsAllAndShowsSome() {
    String text = LineDifference.between(Collections.nCopies(40, "x"), List.of()).toString();
    assertTrue(text.startsWith("40 lines gone, 0 lines new"), text);
    assertEquals(1 + 24, text.lines().count());
  }

  @Test
  void difference_ofOrderAlone_isNotEmpty() {
    assertFalse(LineDifference.between(List.of("a", "b"), List.of("b", "a")).isEmpty());
  }

  /** The committed tables, with any one of three lines changed. */
  @ParameterizedTest
  @ValueSource(strings = {"kernels.txt", "launch-plans.txt", "spi-surface.txt"})
  void check_ofACommittedTable_failsWithOneCharacterChanged(String name) throws IOException {
    Path committed = Path.of("src/test/resources/guard", name);
    List<String> lines = Files.readAllLines(committed);
    GuardTable table = GuardTable.at(committed);
    assertDoesNotThrow(() -> table.check(lines, false));
    for (int i : new int[] {0, lines.size() / 2, lines.size() - 1}) {
      List<String> changed = new ArrayList<>(lines);
      String line = lines.get(i);
      changed.set(i, line.substring(0, line.length() - 1) + '!');
      assertThrows(AssertionFailedError.class, () -> table.check(changed, false));
    }
  }
}
