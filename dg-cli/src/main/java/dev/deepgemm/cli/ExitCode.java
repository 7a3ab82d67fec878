package dev.deepgemm.cli;

/** What the command ends with, besides 0. */
final class ExitCode {
  /** Input that is not legal. */
  static final int USAGE = 2;

  /** A failed check, or a failure that is nobody's input. */
  static final int FAILURE = 1;

  private ExitCode() {}
}
