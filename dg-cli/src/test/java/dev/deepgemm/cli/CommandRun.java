package dev.deepgemm.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** One call of the command in this process: its exit code and what it printed. */
public record CommandRun(int code, String out, String err) {
  public static CommandRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Dg.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int code = command.execute(arguments);
    return new CommandRun(code, out.toString(), err.toString());
  }

  /** What was printed, line by line. */
  public List<String> lines() {
    return out.lines().toList();
  }
}
