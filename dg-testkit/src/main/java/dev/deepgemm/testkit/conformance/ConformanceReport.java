package dev.deepgemm.testkit.conformance;

import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.testkit.conformance.run.KernelAssembler;
import dev.deepgemm.testkit.conformance.run.KernelRunner;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What became of every rule, and under what circumstances.
 *
 * @param arch id of the plugin
 * @param environment what the results depend on
 * @param results in the order of the rules
 */
public record ConformanceReport(String arch, Environment environment, List<RuleResult> results) {
  /** Copies the list. */
  public ConformanceReport {
    results = List.copyOf(results);
  }

  /**
   * What results depend on.
   *
   * @param facts name to value: plugin, its origin, kit, Java, assembler, runners
   */
  public record Environment(Map<String, String> facts) {
    /** Copies the map. */
    public Environment {
      facts = Collections.unmodifiableMap(new TreeMap<>(facts));
    }

    static Environment of(
        ArchSpec arch,
        Capabilities capabilities,
        KernelAssembler assembler,
        List<KernelRunner> runners) {
      Map<String, String> facts = Conformance.facts();
      facts.put("plugin", arch.getClass().getName());
      facts.put("plugin origin", ArchSpecs.origin(arch));
      facts.put("target", arch.target());
      facts.put(
          "capabilities",
          new TreeSet<>(capabilities.declared())
              .stream().map(Enum::name).collect(Collectors.joining(" ")));
      facts.put("assembler", assembler.description());
      for (KernelRunner runner : runners) {
        facts.put("runner " + runner.id(), runner.description());
      }
      return new Environment(facts);
    }
  }

  /** How many results have an outcome. */
  public long count(Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }

  /** Whether every rule that applies was checked and kept. */
  public boolean isConformant() {
    return count(Outcome.PASSED) > 0
        && count(Outcome.PASSED) + count(Outcome.NOT_APPLICABLE) == results.size();
  }

  /** Whether no rule was broken; some may not have been checked. */
  public boolean nothingFailed() {
    return count(Outcome.FAILED) == 0;
  }

  /** The rules that were broken somewhere. */
  public Set<Rule> failedRules() {
    return results.stream()
        .filter(result -> result.outcome() == Outcome.FAILED)
        .map(RuleResult::rule)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Rule.class)));
  }

  /** For people. */
  public String text() {
    return ReportText.of(this);
  }

  /** For programs; fields are stable. */
  public String json() {
    return ReportJson.of(this);
  }
}
