package dev.deepgemm.testkit.conformance.spec;

/** What became of a rule. */
public enum Outcome {
  /** It was checked, at least once, and kept. */
  PASSED,
  /** It was broken. */
  FAILED,
  /** It was not checked, or not wholly: this is not a pass. */
  SKIPPED,
  /** It is about something that the plugin does not declare, such as kernels with scales. */
  NOT_APPLICABLE
}
