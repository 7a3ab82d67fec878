package dev.deepgemm.cli.tune;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.cli.console.KernelText;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.measure.tune.TuneFit;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * A fit of the cost model for a human.
 *
 * @param fit what is shown
 */
record FitTable(TuneFit fit) {
  /** A row per problem, and the figures that say how good it is. */
  void print(PrintWriter out) {
    TextTable table =
        new TextTable("m", "n", "k", "D", "classic", "tuned", "best", "gain", "lost", "kernel");
    for (TuneFit.Chosen choice : fit.choices()) {
      GemmDesc desc = choice.problem().desc();
      double classic = choice.classicMicros();
      Double micros = choice.micros();
      table.row(
          desc.m(),
          desc.n(),
          desc.k(),
          desc.dType(),
          number("%.2f", classic),
          micros == null ? "?" : number("%.2f", micros),
          number("%.2f", choice.problem().best()),
          micros == null ? "?" : number("%.3f", classic / micros),
          micros == null ? "?" : number("%.1f %%", 100 * (micros / choice.problem().best() - 1)),
          KernelText.describe(choice.kernel()));
    }
    table.print(out, "  ");
    fit.summary().forEach(line -> out.println("  " + line));
    out.flush();
  }

  private static String number(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }
}
