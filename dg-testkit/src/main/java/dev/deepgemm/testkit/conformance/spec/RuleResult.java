package dev.deepgemm.testkit.conformance.spec;

import java.util.List;

/**
 * What became of one rule in one place.
 *
 * @param rule the rule
 * @param where what it was checked with: {@code host}, an assembler, the emulator or a device
 * @param outcome what became of it
 * @param checks how many comparisons were made
 * @param findings what was wrong, or why it was skipped; the first few
 * @param millis how long it took
 */
public record RuleResult(
    Rule rule, String where, Outcome outcome, long checks, List<String> findings, long millis) {
  /** Copies the list. */
  public RuleResult {
    findings = List.copyOf(findings);
  }

  /** One line, findings below it. */
  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(
            String.format("%-14s %s [%s] %s", outcome, rule.id(), where, rule.text()));
    findings.forEach(finding -> text.append("\n    ").append(finding.replace("\n", "\n    ")));
    return text.toString();
  }
}
