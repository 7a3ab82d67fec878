package dev.deepgemm.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/conformance.md says what the code says. */
class RuleDocTest {
  private static List<String> document() throws IOException {
    return Files.readAllLines(Path.of("..", "docs", "conformance.md"));
  }

  private static List<String> rows(String first) throws IOException {
    return document().stream().filter(line -> line.startsWith("| " + first)).toList();
  }

  @Test
  void rules_areDocumentedWordForWord() throws IOException {
    List<String> rules =
        Arrays.stream(Rule.values())
            .map(r -> "| " + r.id() + " | " + r.text() + " | " + r.why() + " | " + r.how() + " |")
            .toList();
    assertEquals(String.join("\n", rules), String.join("\n", rows("DGC-")));
  }

  @Test
  void mutants_areDocumented() throws IOException {
    List<String> mutants =
        MutantsTest.all().stream()
            .map(m -> "| " + m.name() + " | " + m.breaks().id() + " | " + m.symptom() + " |")
            .toList();
    List<String> lines = document();
    int start = lines.indexOf("| broken plugin | failed by | what it says |") + 2;
    assertTrue(start >= 2, "the table of mutants is missing");
    List<String> table =
        lines.subList(start, lines.size()).stream().takeWhile(l -> l.startsWith("|")).toList();
    assertEquals(String.join("\n", mutants), String.join("\n", table));
  }

  @Test
  void everyRule_hasAMutantOrASayInTheDocument() throws IOException {
    Set<Rule> without = EnumSet.allOf(Rule.class);
    MutantsTest.all().forEach(mutant -> without.remove(mutant.breaks()));
    // What ptxas allots always fits: only a made-up assembler breaks C-03 (CompileChecksTest).
    assertEquals(EnumSet.of(Rule.C_03), without);
  }

  @Test
  void capabilities_areDocumented() throws IOException {
    String text = String.join("\n", document());
    List<String> missing =
        Arrays.stream(Capability.values())
            .map(Enum::name)
            .filter(name -> !text.contains("`" + name + "`"))
            .collect(Collectors.toList());
    assertEquals(List.of(), missing);
  }
}
