package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No file of benchmark/results that no page speaks of, and no page that speaks of one that is gone. */
class ResultFilesTest {
  private static final Path ROOT = Path.of("..");

  /** A result is named by day and device, with or without its folder; {@code *} stands for several. */
  private static final Pattern NAME =
      Pattern.compile("\\b20\\d\\d-\\d\\d-\\d\\d-[a-z]+\\d+-[a-z0-9*-]+\\.[a-z.]*[a-z]");

  private static final String ELSEWHERE = "at commit";

  /** A name that a line of a page has. */
  private record Mention(String name, boolean elsewhere, String where) {
    boolean names(String file) {
      return FileSystems.getDefault().getPathMatcher("glob:" + name).matches(Path.of(file));
    }
  }

  private static List<Mention> mentions(String page, String text) {
    List<Mention> found = new ArrayList<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      Matcher name = NAME.matcher(lines.get(i));
      while (name.find()) {
        found.add(
            new Mention(name.group(), lines.get(i).contains(ELSEWHERE), page + ":" + (i + 1)));
      }
    }
    return found;
  }

  private static List<Mention> mentionsOfThePages() throws IOException {
    List<Mention> found =
        new ArrayList<>(mentions("README.md", Files.readString(ROOT.resolve("README.md"))));
    try (Stream<Path> pages = Files.list(ROOT.resolve("docs"))) {
      for (Path page : pages.filter(path -> path.toString().endsWith(".md")).sorted().toList()) {
        found.addAll(mentions("docs/" + page.getFileName(), Files.readString(page)));
      }
    }
    return found;
  }

  private static List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("benchmark/results"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<String> unnamed(List<String> files, List<Mention> mentions) {
    return files.stream()
        .filter(file -> mentions.stream().noneMatch(mention -> mention.names(file)))
        .toList();
  }

  private static List<String> gone(List<String> files, List<Mention> mentions) {
    return mentions.stream()
        .filter(mention -> !mention.elsewhere())
        .filter(mention -> files.stream().noneMatch(mention::names))
        .map(mention -> mention.where() + " " + mention.name())
        .toList();
  }

  @Test
  void results_areNamedByAPage() throws IOException {
    assertTrue(files().size() > 10, () -> "results were not found");
    assertEquals(List.of(), unnamed(files(), mentionsOfThePages()));
  }

  @Test
  void pages_nameResultsThatExist() throws IOException {
    assertEquals(List.of(), gone(files(), mentionsOfThePages()));
  }

  @Test
  void mentions_areFoundWithFolderAndPatternAndCommit() {
    String text =
        """
        [the run](../benchmark/results/2026-11-27-h100-bench.json.gz), of 2026-11-27
        `2026-11-27-h100-tune-*.json.gz`.
        `2026-11-20-h100-host.json`, at commit `ef956b9`; see also 2026-11-21-h100-lost.svg
        2026-11-22-h100-lost.json
        """;
    List<Mention> mentions = mentions("page", text);
    List<String> files =
        List.of(
            "2026-11-27-h100-bench.json.gz",
            "2026-11-27-h100-tune-large.json.gz",
            "2026-11-27-h100-tune.json.gz");
    assertEquals(List.of("2026-11-27-h100-tune.json.gz"), unnamed(files, mentions));
    assertEquals(List.of("page:4 2026-11-22-h100-lost.json"), gone(files, mentions));
  }
}
