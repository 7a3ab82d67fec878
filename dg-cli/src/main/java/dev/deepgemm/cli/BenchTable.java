package dev.deepgemm.cli;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.cli.BenchResult.Measured;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;

/** A bench for a human: a row per product, and geometric means by the number of rows of A. */
final class BenchTable {
  private static final String NONE = "-";

  private final Ceilings ceilings;
  private final List<BenchResult> results;

  BenchTable(Ceilings ceilings, List<BenchResult> results) {
    this.ceilings = ceilings;
    this.results = List.copyOf(results);
  }

  /** Groups of m, as the project's targets are stated. */
  private enum Group {
    ONE("m=1", m -> m == 1),
    SIXTEEN("m=16", m -> m == 16),
    SMALL("m=64..128", m -> m >= 64 && m <= 128),
    MIDDLE("m=512", m -> m == 512),
    LARGE("m=4096..8192", m -> m >= 4096 && m <= 8192),
    ALL("all", m -> true);

    private final String title;
    private final IntPredicate holds;

    Group(String title, IntPredicate holds) {
      this.title = title;
      this.holds = holds;
    }
  }

  void print(PrintWriter out) {
    rows(out);
    out.println();
    means(out);
    notes(out);
    out.flush();
  }

  private void rows(PrintWriter out) {
    TextTable table =
        new TextTable(
            "type",
            "m",
            "n",
            "k",
            "tile",
            "stages",
            "SMs",
            "error",
            "us",
            "TFLOP/s",
            "x floor",
            "peers' us (times ours)");
    for (BenchResult result : results) {
      BenchCase one = result.product();
      Measured measured = result.measured();
      OptionalDouble micros = result.median();
      table.row(
          one.kind(),
          one.shape().m(),
          one.shape().n(),
          one.shape().k(),
          measured == null ? NONE : tile(measured.config().kernel()),
          measured == null ? NONE : measured.config().kernel().stages(),
          measured == null ? NONE : measured.config().numSms(),
          measured == null ? NONE : number("%.2e", measured.error().relative()),
          text("%.2f", micros),
          micros.isEmpty() ? NONE : number("%.0f", one.flops() / micros.getAsDouble() / 1e6),
          micros.isEmpty()
              ? NONE
              : number("%.2f", micros.getAsDouble() / ceilings.floorMicros(one)),
          result.passed() ? peers(result) : "WRONG: " + String.join("; ", result.problems()));
    }
    table.print(out, "");
  }

  private static String tile(KernelSpec kernel) {
    return switch (kernel.multicast()) {
      case NONE -> kernel.tile().toString();
      case ON_A -> kernel.tile() + "/a";
      case ON_B -> kernel.tile() + "/b";
    };
  }

  private static String peers(BenchResult result) {
    List<String> cells = new ArrayList<>();
    result
        .peers()
        .forEach(
            (name, peer) ->
                cells.add(
                    peer.median().isEmpty()
                        ? "n/a"
                        : number(
                            "%.2f (%.2f)",
                            peer.median().getAsDouble(), result.speedup(name).orElse(Double.NaN))));
    return String.join("  ", cells);
  }

  private void means(PrintWriter out) {
    TextTable table =
        new TextTable(
            "geometric mean",
            Group.ONE.title,
            Group.SIXTEEN.title,
            Group.SMALL.title,
            Group.MIDDLE.title,
            Group.LARGE.title,
            Group.ALL.title);
    for (Map.Entry<String, Function<BenchResult, OptionalDouble>> row : figures().entrySet()) {
      List<Object> cells = new ArrayList<>(List.of(row.getKey()));
      for (Group group : Group.values()) {
        cells.add(mean(group, row.getValue()));
      }
      table.row(cells.toArray());
    }
    table.print(out, "");
    for (BenchKind kind : BenchKind.values()) {
      results.stream()
          .filter(result -> result.product().kind() == kind && result.measured() != null)
          .mapToDouble(result -> error(result))
          .max()
          .ifPresent(worst -> out.println(number("%s: largest relative error %.3e", kind, worst)));
    }
  }

  private static double error(BenchResult result) {
    Measured measured = result.measured();
    return measured == null ? 0 : measured.error().relative();
  }

  /** Rows of the second table: name, and what a result contributes to it. */
  private Map<String, Function<BenchResult, OptionalDouble>> figures() {
    Map<String, Function<BenchResult, OptionalDouble>> figures = new LinkedHashMap<>();
    for (BenchKind kind : BenchKind.values()) {
      if (results.stream().noneMatch(result -> result.product().kind() == kind)) {
        continue;
      }
      for (String peer : kind.peers()) {
        figures.put(
            "speed against " + peer,
            result ->
                result.product().kind() == kind ? result.speedup(peer) : OptionalDouble.empty());
      }
      figures.put(
          kind + " time over floor",
          result ->
              result.product().kind() == kind && result.median().isPresent()
                  ? OptionalDouble.of(
                      result.median().getAsDouble() / ceilings.floorMicros(result.product()))
                  : OptionalDouble.empty());
    }
    return figures;
  }

  private String mean(Group group, Function<BenchResult, OptionalDouble> figure) {
    double[] values =
        results.stream()
            .filter(result -> group.holds.test(result.product().shape().m()))
            .map(figure)
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .toArray();
    return values.length == 0 ? NONE : number("%.3f", geometricMean(values));
  }

  static double geometricMean(double... values) {
    double logs = 0;
    for (double value : values) {
      logs += Math.log(value);
    }
    return Math.exp(logs / values.length);
  }

  private void notes(PrintWriter out) {
    Set<String> notes = new LinkedHashSet<>();
    for (BenchResult result : results) {
      result
          .peers()
          .forEach(
              (name, peer) -> {
                if (peer.note() != null) {
                  notes.add(name + ", " + result.product().shape() + ": " + peer.note());
                }
              });
    }
    notes.forEach(note -> out.println("note: " + note));
    long failed = results.stream().filter(result -> !result.passed()).count();
    out.println(
        failed == 0
            ? results.size() + " products, all within tolerance"
            : failed + " of " + results.size() + " products FAILED");
  }

  private static String text(String format, OptionalDouble value) {
    return value.isEmpty() ? NONE : number(format, value.getAsDouble());
  }

  private static String number(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
