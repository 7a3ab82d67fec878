package dev.deepgemm.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.sm100.Sm100Spec;
import dev.deepgemm.testkit.conformance.checks.Findings;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import dev.deepgemm.testkit.conformance.spec.Tier;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConformanceReportTest {
  private static ConformanceReport report(Outcome... outcomes) {
    List<RuleResult> results =
        List.of(outcomes).stream()
            .map(o -> new RuleResult(Rule.S_01, "host", o, 7, List.of("a \"b\"\n\tc"), 12))
            .toList();
    return new ConformanceReport(
        "sm00", new ConformanceReport.Environment(Map.of("kit", "1.0")), results);
  }

  @Test
  void verdict_saysConformantOnlyIfAllPassed() {
    assertTrue(report(Outcome.PASSED).text().contains("\nCONFORMANT: 1 passed"));
    String skipped = report(Outcome.PASSED, Outcome.SKIPPED).text();
    assertFalse(skipped.contains("\nCONFORMANT"));
    assertTrue(skipped.contains("NOT ALL WAS CHECKED: 1 passed, 0 failed, 1 skipped, 0 not"));
    assertTrue(report(Outcome.FAILED, Outcome.PASSED).text().contains("NOT CONFORMANT"));
    assertTrue(report(Outcome.PASSED, Outcome.NOT_APPLICABLE).text().contains("\nCONFORMANT: 1"));
    assertFalse(report(Outcome.NOT_APPLICABLE).isConformant());
  }

  @Test
  void json_escapesAndCounts() {
    String json = report(Outcome.PASSED, Outcome.SKIPPED).json();
    assertTrue(json.contains("\"findings\": [\"a \\\"b\\\"\\n\\tc\"]"), json);
    assertTrue(json.contains("\"conformant\": false"), json);
    assertTrue(json.contains("\"skipped\": 1"), json);
    assertTrue(json.contains("\"environment\": {\"kit\": \"1.0\"}"), json);
  }

  @Test
  void tierThatWasNotAskedFor_isSkipped() {
    ConformanceReport report =
        Conformance.of(Sm100Spec::new)
            .capabilities(Capabilities.all().without(Capability.KERNELS))
            .tiers(EnumSet.noneOf(Tier.class))
            .run();
    assertEquals(report.results().size(), report.count(Outcome.SKIPPED));
    assertTrue(report.nothingFailed());
    assertTrue(report.environment().facts().keySet().containsAll(Set.of("kit", "java", "plugin")));
  }

  @Test
  void ruleWithoutAnyCheck_isNotPassed() {
    assertEquals(Outcome.SKIPPED, new Findings().result(Rule.S_01, "host", 0).outcome());
  }

  @Test
  void findings_areCountedBeyondThoseThatAreKept() {
    Findings findings = new Findings();
    for (int i = 0; i < 10; i++) {
      findings.check(false, "number %d", i);
    }
    RuleResult result = findings.result(Rule.S_01, "host", 0);
    assertEquals(10, result.checks());
    assertEquals("and 4 more", result.findings().get(6));
  }
}
