package dev.deepgemm.measure.bench;

import dev.deepgemm.api.Heuristics;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * One of the ways of ours to compute a product, timed in turn with the others.
 *
 * @param policy how its configuration is chosen
 * @param constantWeights whether launches are told that B is constant, so that they may fetch it early
 */
public record BenchSide(Heuristics policy, boolean constantWeights) {
  /** How users and JSON name the policy. */
  public String policyName() {
    return policy.name().toLowerCase(Locale.ROOT);
  }

  /** In tables. */
  public String name() {
    return policyName() + (constantWeights ? ", constant weights" : "");
  }

  /** The sides of some results, each once, in the order in which they come. */
  public static List<BenchSide> of(Collection<BenchResult> results) {
    return results.stream().map(BenchResult::side).distinct().toList();
  }

  @Override
  public String toString() {
    return name();
  }
}
