package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/errors.md has every problem id of the sources, once, and no other. */
class ErrorsTableTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern IN_SOURCES = Pattern.compile("\"(DG-[A-Z0-9]+-\\d\\d)\"");
  private static final Pattern ROW =
      Pattern.compile("^\\| (DG-[A-Z0-9]+-\\d\\d) \\| (.+) \\| (.+) \\|$", Pattern.MULTILINE);

  private static Set<String> inSources() throws IOException {
    Set<String> ids = new TreeSet<>();
    try (Stream<Path> modules = Files.list(ROOT)) {
      for (Path module :
          modules.filter(path -> path.resolve("src/main").toFile().isDirectory()).toList()) {
        try (Stream<Path> files = Files.walk(module.resolve("src/main"))) {
          for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
            Matcher id = IN_SOURCES.matcher(Files.readString(file));
            while (id.find()) {
              ids.add(id.group(1));
            }
          }
        }
      }
    }
    return ids;
  }

  private static List<String> inTable() throws IOException {
    List<String> ids = new ArrayList<>();
    Matcher row = ROW.matcher(Files.readString(ROOT.resolve("docs/errors.md")));
    while (row.find()) {
      ids.add(row.group(1));
    }
    return ids;
  }

  @Test
  void table_hasTheIdsOfTheSources() throws IOException {
    Set<String> sources = inSources();
    assertTrue(sources.contains("DG-OPT-01"), "the sources were not found");
    Set<String> undocumented = new TreeSet<>(sources);
    undocumented.removeAll(inTable());
    assertEquals(Set.of(), undocumented, "in the sources, not in docs/errors.md");
    Set<String> retired = new TreeSet<>(inTable());
    retired.removeAll(sources);
    assertEquals(Set.of(), retired, "in docs/errors.md, not in the sources");
  }

  @Test
  void table_hasEachIdOnce() throws IOException {
    Set<String> seen = new HashSet<>();
    assertEquals(List.of(), inTable().stream().filter(id -> !seen.add(id)).toList());
  }
}
