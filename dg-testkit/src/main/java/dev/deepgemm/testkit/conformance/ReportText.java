package dev.deepgemm.testkit.conformance;

import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.RuleResult;

/** A report for people. What was skipped stands in the last line, next to what failed. */
final class ReportText {
  private ReportText() {}

  static String of(ConformanceReport report) {
    StringBuilder text = new StringBuilder("Conformance of " + report.arch() + "\n\n");
    report
        .environment()
        .facts()
        .forEach((name, value) -> text.append(String.format("  %-18s %s%n", name, value)));
    text.append('\n');
    for (RuleResult result : report.results()) {
      text.append(result).append('\n');
    }
    return text.append('\n').append(verdict(report)).append('\n').toString();
  }

  static String verdict(ConformanceReport report) {
    long failed = report.count(Outcome.FAILED);
    long skipped = report.count(Outcome.SKIPPED);
    long passed = report.count(Outcome.PASSED);
    String counts =
        String.format(
            "%d passed, %d failed, %d skipped, %d not applicable",
            passed, failed, skipped, report.count(Outcome.NOT_APPLICABLE));
    if (failed > 0) {
      return "NOT CONFORMANT: " + counts;
    }
    return (report.isConformant() ? "CONFORMANT: " : "NOTHING FAILED, NOT ALL WAS CHECKED: ")
        + counts;
  }
}
