package dev.deepgemm.cli.bench;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchResult;
import dev.deepgemm.measure.bench.BenchResult.Measured;
import dev.deepgemm.measure.bench.BenchSide;
import dev.deepgemm.measure.bench.Ceilings;
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

/** A bench for a human: a row per product and side, and geometric means by the number of rows of A. */
final class BenchTable {
  private static final String NONE = "-";

  /** Where the column of the side is. */
  private static final int AFTER_K = 4;

  private final Ceilings ceilings;
  private final List<BenchResult> results;
  private final List<BenchSide> sides;

  BenchTable(Ceilings ceilings, List<BenchResult> results) {
    this.ceilings = ceilings;
    this.results = List.copyOf(results);
    this.sides = BenchSide.of(results);
  }

  void print(PrintWriter out) {
    rows(out);
    out.println();
    means(out);
    notes(out);
    if (sides.size() > 1) {
      out.println();
      new SideTable(sides, results).print(out);
    }
    out.flush();
  }

  private void rows(PrintWriter out) {
    TextTable table =
        new TextTable(
            withSide(
                    "side",
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
                    "peers' us (times ours)")
                .toArray(String[]::new));
    for (BenchResult result : results) {
      BenchCase one = result.product();
      Measured measured = result.measured();
      OptionalDouble micros = result.median();
      table.row(
          withSide(
                  result.side(),
                  one.kind(),
                  one.shape().m(),
                  one.shape().n(),
                  one.shape().k(),
                  measured == null ? NONE : tile(measured.config().kernel()),
                  measured == null ? NONE : measured.config().kernel().stages(),
                  measured == null ? NONE : measured.config().numSms(),
                  measured == null ? NONE : number("%.2e", measured.error().relative()),
                  text("%.2f", micros),
                  micros.isEmpty()
                      ? NONE
                      : number("%.0f", one.flops() / micros.getAsDouble() / 1e6),
                  micros.isEmpty()
                      ? NONE
                      : number("%.2f", micros.getAsDouble() / ceilings.floorMicros(one)),
                  result.passed()
                      ? peers(result)
                      : "WRONG: " + String.join("; ", result.problems()))
              .toArray());
    }
    table.print(out, "");
  }

  /** Cells of a row, that of the side among them if there is more than one. */
  private List<Object> withSide(Object side, Object... others) {
    List<Object> cells = new ArrayList<>(List.of(others));
    if (sides.size() > 1) {
      cells.add(AFTER_K, side);
    }
    return cells;
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
    for (BenchSide side : sides) {
      if (sides.size() > 1) {
        out.println(side + ":");
      }
      List<BenchResult> mine =
          results.stream().filter(result -> result.side().equals(side)).toList();
      TextTable table = RowGroup.table("geometric mean");
      figures().forEach((name, figure) -> RowGroup.row(table, name, mine, figure));
      table.print(out, "");
    }
    for (BenchKind kind : BenchKind.all()) {
      results.stream()
          .filter(result -> result.product().kind().equals(kind) && result.measured() != null)
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
    for (BenchKind kind : BenchKind.all()) {
      if (results.stream().noneMatch(result -> result.product().kind().equals(kind))) {
        continue;
      }
      for (String peer : kind.peers()) {
        figures.put(
            "speed against " + peer,
            result ->
                result.product().kind().equals(kind)
                    ? result.speedup(peer)
                    : OptionalDouble.empty());
      }
      figures.put(
          kind + " time over floor",
          result ->
              result.product().kind().equals(kind) && result.median().isPresent()
                  ? OptionalDouble.of(
                      result.median().getAsDouble() / ceilings.floorMicros(result.product()))
                  : OptionalDouble.empty());
    }
    return figures;
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
    String what = sides.size() > 1 ? " results of " + sides.size() + " sides" : " products";
    out.println(
        failed == 0
            ? results.size() + what + ", all within tolerance"
            : failed + " of " + results.size() + what + " FAILED");
  }

  private static String text(String format, OptionalDouble value) {
    return value.isEmpty() ? NONE : number(format, value.getAsDouble());
  }

  private static String number(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
