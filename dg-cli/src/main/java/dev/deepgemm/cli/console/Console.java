package dev.deepgemm.cli.console;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Where commands print: the writers of their {@link picocli.CommandLine}, which tests replace. */
public final class Console {
  private Console() {}

  /** Results. */
  public static PrintWriter out(@Nullable CommandSpec spec) {
    return injected(spec).commandLine().getOut();
  }

  /** Progress and complaints. */
  public static PrintWriter err(@Nullable CommandSpec spec) {
    return injected(spec).commandLine().getErr();
  }

  private static CommandSpec injected(@Nullable CommandSpec spec) {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
