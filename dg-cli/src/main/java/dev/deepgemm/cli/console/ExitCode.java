package dev.deepgemm.cli.console;

/** What the command ends with, besides 0. */
public final class ExitCode {
  /** Input that is not legal. */
  public static final int USAGE = 2;

  /** A failed check, or a failure that is nobody's input. */
  public static final int FAILURE = 1;

  private ExitCode() {}
}
