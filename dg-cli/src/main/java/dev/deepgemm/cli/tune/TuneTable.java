package dev.deepgemm.cli.tune;

import dev.deepgemm.cli.console.KernelText;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.tune.TuneResult;
import dev.deepgemm.measure.tune.TuneResult.Measured;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A tuning run for a human, line by line as it goes. */
final class TuneTable {
  private static final String ROW = "%-9s %5s %6s %6s  %9s  %9s  %5s  %3s/%-4s  %s%n";

  private final PrintWriter out;
  private final Map<String, double[]> means = new TreeMap<>();

  TuneTable(PrintWriter out) {
    this.out = out;
  }

  void header() {
    out.printf(
        Locale.ROOT,
        ROW,
        "type",
        "m",
        "n",
        "k",
        "classic",
        "best",
        "ratio",
        "ok",
        "all",
        "best is");
    out.flush();
  }

  void print(TuneResult result) {
    BenchCase one = result.problem().product();
    Measured classic = result.classic().orElse(null);
    Measured best = result.best().orElse(null);
    double ratio = classic == null || best == null ? Double.NaN : classic.micros() / best.micros();
    out.printf(
        Locale.ROOT,
        ROW,
        one.kind(),
        one.shape().m(),
        one.shape().n(),
        one.shape().k(),
        classic == null ? "-" : number("%.2f", classic.micros()),
        best == null ? "-" : number("%.2f", best.micros()),
        Double.isNaN(ratio) ? "-" : number("%.3f", ratio),
        result.measured().stream().filter(Measured::passed).count(),
        result.problem().space(),
        best == null ? "-" : KernelText.describe(CostModel.kernel(best.config().kernel())));
    result.measured().stream()
        .filter(measured -> !measured.passed())
        .limit(3)
        .forEach(
            measured ->
                out.println(
                    "  FAILED " + measured.config().kernel().id() + ": " + measured.problem()));
    out.flush();
    if (!Double.isNaN(ratio)) {
      double[] sum = means.computeIfAbsent(one.kind().word(), key -> new double[2]);
      sum[0] += Math.log(ratio);
      sum[1]++;
    }
  }

  /** How much faster the best are than the classic choices. */
  void summary() {
    means.forEach(
        (kind, sum) ->
            out.printf(
                Locale.ROOT,
                "%s: classic over best, geometric mean over %.0f products: %.3f%n",
                kind,
                sum[1],
                Math.exp(sum[0] / sum[1])));
    out.flush();
  }

  private static String number(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }
}
