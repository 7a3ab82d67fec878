package dev.deepgemm.cli.bench;

import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.measure.bench.BenchResult;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/** Groups of products by m, as the project's targets are stated. */
enum RowGroup {
  ONE("m=1", m -> m == 1),
  SIXTEEN("m=16", m -> m == 16),
  SMALL("m=64..128", m -> m >= 64 && m <= 128),
  MIDDLE("m=512", m -> m == 512),
  LARGE("m=4096..8192", m -> m >= 4096 && m <= 8192),
  ALL("all", m -> true);

  private static final String NONE = "-";

  private final String title;
  private final IntPredicate holds;

  RowGroup(String title, IntPredicate holds) {
    this.title = title;
    this.holds = holds;
  }

  /** A table with a column for each group. */
  static TextTable table(String first) {
    return new TextTable(
        Stream.concat(Stream.of(first), Stream.of(values()).map(group -> group.title))
            .toArray(String[]::new));
  }

  /** A row of such a table: the geometric mean of a figure over the results of each group. */
  static void row(
      TextTable table,
      String name,
      List<BenchResult> results,
      Function<BenchResult, OptionalDouble> figure) {
    table.row(
        Stream.concat(
                Stream.of(name), Stream.of(values()).map(group -> group.mean(results, figure)))
            .toArray());
  }

  private String mean(List<BenchResult> results, Function<BenchResult, OptionalDouble> figure) {
    double[] values =
        results.stream()
            .filter(result -> holds.test(result.product().shape().m()))
            .map(figure)
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .toArray();
    return values.length == 0 ? NONE : String.format(Locale.ROOT, "%.3f", geometricMean(values));
  }

  static double geometricMean(double... values) {
    double logs = 0;
    for (double value : values) {
      logs += Math.log(value);
    }
    return Math.exp(logs / values.length);
  }
}
