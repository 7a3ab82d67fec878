package dev.deepgemm.kernels.launch;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.GemmOperands;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that a kernel part demands of the operands of a call.
 *
 * <p>Every launch asks whether the rules hold, so that question allocates nothing; what exactly is wrong is
 * worked out only where one does not. A test holds both answers against each other.
 */
public interface OperandRule {
  /** Whether nothing is wrong. */
  boolean holds(GemmDesc desc, GemmOperands operands);

  /** Tells everything that is wrong. */
  void explain(GemmDesc desc, GemmOperands operands, List<Problem> problems);

  /** Everything that is wrong by some rules, in their order. */
  static List<Problem> check(List<OperandRule> rules, GemmDesc desc, GemmOperands operands) {
    boolean clean = true;
    for (int i = 0; clean && i < rules.size(); i++) {
      clean = rules.get(i).holds(desc, operands);
    }
    if (clean) {
      return List.of();
    }
    List<Problem> problems = new ArrayList<>();
    rules.forEach(rule -> rule.explain(desc, operands, problems));
    return List.copyOf(problems);
  }
}
