package dev.deepgemm.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * A run of the command in this process, with what it printed.
 *
 * @param code exit code
 * @param out results
 * @param err progress and complaints
 */
record DgRun(int code, String out, String err) {
  static DgRun of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Dg.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int code = line.execute(args);
    return new DgRun(code, out.toString(), err.toString());
  }
}
