package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.Rule;
import dev.deepgemm.testkit.conformance.spec.RuleResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the check of a rule found so far. The first few texts are kept, all are counted. */
public final class Findings {
  private static final int KEPT = 6;

  private final List<String> kept = new ArrayList<>();
  private final List<String> gaps = new ArrayList<>();
  private @Nullable String notApplicable;
  private long checks;
  private long failures;

  /** Counts a comparison; a false one is a finding. */
  public boolean check(boolean holds, String format, @Nullable Object... args) {
    checks++;
    if (!holds) {
      failures++;
      if (kept.size() < KEPT) {
        kept.add(args.length == 0 ? format : String.format(Locale.ROOT, format, args));
      }
    }
    return holds;
  }

  /** A part of the rule that could not be checked: it no longer counts as passed. */
  void gap(String reason) {
    if (!gaps.contains(reason)) {
      gaps.add(reason);
    }
  }

  /** The rule is about something that is not declared. */
  void notApplicable(String reason) {
    notApplicable = reason;
  }

  public RuleResult result(Rule rule, String where, long millis) {
    if (failures > 0) {
      List<String> texts = new ArrayList<>(kept);
      if (failures > kept.size()) {
        texts.add(String.format("and %,d more", failures - kept.size()));
      }
      return new RuleResult(rule, where, Outcome.FAILED, checks, texts, millis);
    }
    if (!gaps.isEmpty()) {
      return new RuleResult(rule, where, Outcome.SKIPPED, checks, gaps, millis);
    }
    if (notApplicable != null) {
      List<String> why = List.of(notApplicable);
      return new RuleResult(rule, where, Outcome.NOT_APPLICABLE, checks, why, millis);
    }
    if (checks == 0) {
      List<String> why = List.of("there was nothing to check");
      return new RuleResult(rule, where, Outcome.SKIPPED, 0, why, millis);
    }
    return new RuleResult(rule, where, Outcome.PASSED, checks, List.of(), millis);
  }
}
