package dev.deepgemm.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import dev.deepgemm.testkit.conformance.spec.Tier;
import dev.deepgemm.testkit.wrappers.ForwardingArchSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The kit is tested: every broken plugin is failed by the rule that it breaks, and the same rule
 * passes the plugin that it was made from.
 */
class MutantsTest {
  static List<Mutant> all() {
    List<Mutant> all = new ArrayList<>(SpecMutants.all());
    all.addAll(KernelMutants.all());
    return all;
  }

  @TestFactory
  Stream<DynamicTest> mutant_failsTheRuleThatItBreaks() {
    return all().stream()
        .map(
            mutant ->
                DynamicTest.dynamicTest(
                    mutant.breaks().id() + " " + mutant.name(), () -> caught(mutant)));
  }

  @TestFactory
  Stream<DynamicTest> forwardingPlugin_passesTheRulesThatMutantsBreak() {
    // S-03 looks for the class itself; Sm90ConformanceTest has the rest of the control.
    return Stream.of(Rule.S_15, Rule.S_16, Rule.S_21, Rule.N_01)
        .map(
            rule ->
                DynamicTest.dynamicTest(
                    rule.id(),
                    () -> {
                      Mutant none =
                          Mutant.of("none", rule, "", () -> new ForwardingArchSpec(new Sm90Spec()));
                      assertEquals(Outcome.PASSED, check(none).outcome());
                    }));
  }

  private static RuleResult check(Mutant mutant) {
    Conformance conformance =
        Conformance.of(mutant.plugin())
            .capabilities(
                Capabilities.only(
                    Capability.KERNELS, mutant.capability(), Capability.MINIMIZE_SMS_SWITCH))
            .assembleAtMost(3) // what is wrong with one kernel is wrong with all of them
            .build();
    return conformance.steps().stream()
        .filter(step -> step.rule() == mutant.breaks())
        .map(conformance::check)
        .findFirst()
        .orElseThrow();
  }

  private static void caught(Mutant mutant) {
    RuleResult result = check(mutant);
    if (mutant.breaks().tier() == Tier.COMPILE) {
      assumeTrue(result.outcome() != Outcome.SKIPPED, () -> result.findings().toString());
    }
    assertEquals(Outcome.FAILED, result.outcome(), result::toString);
    assertTrue(
        result.findings().stream().anyMatch(finding -> finding.contains(mutant.symptom())),
        result::toString);
  }
}
