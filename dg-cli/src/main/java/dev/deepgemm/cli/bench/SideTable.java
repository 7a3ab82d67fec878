package dev.deepgemm.cli.bench;

import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchResult;
import dev.deepgemm.measure.bench.BenchSide;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How fast each side is next to the first one: the first one's time over its own, above 1 it is faster. A
 * result that is wrong has no speed.
 */
final class SideTable {
  private final List<BenchResult> results;
  private final BenchSide first;
  private final List<BenchSide> others;
  private final Map<BenchCase, BenchResult> firsts = new HashMap<>();

  /**
   * @param sides two or more
   */
  SideTable(List<BenchSide> sides, List<BenchResult> results) {
    this.results = List.copyOf(results);
    this.first = sides.get(0);
    this.others = List.copyOf(sides.subList(1, sides.size()));
    results.stream()
        .filter(result -> result.side().equals(first))
        .forEach(result -> firsts.put(result.product(), result));
  }

  private OptionalDouble speed(BenchResult result) {
    BenchResult base = firsts.get(result.product());
    if (base == null
        || !base.passed()
        || !result.passed()
        || base.median().isEmpty()
        || result.median().isEmpty()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(base.median().getAsDouble() / result.median().getAsDouble());
  }

  void print(PrintWriter out) {
    TextTable table = RowGroup.table("speed against " + first);
    for (BenchSide side : others) {
      for (BenchKind kind : BenchKind.all()) {
        List<BenchResult> mine = of(side, kind);
        if (!mine.isEmpty()) {
          RowGroup.row(table, side + ": " + kind, mine, this::speed);
        }
      }
    }
    table.print(out, "");
    others.forEach(side -> slowest(side, out));
  }

  private List<BenchResult> of(BenchSide side, BenchKind kind) {
    return results.stream()
        .filter(result -> result.side().equals(side) && result.product().kind().equals(kind))
        .toList();
  }

  /** The worst product of each kind: means hide it. */
  private void slowest(BenchSide side, PrintWriter out) {
    List<String> worst = new ArrayList<>();
    for (BenchKind kind : BenchKind.all()) {
      BenchResult slowest = null;
      double least = Double.POSITIVE_INFINITY;
      for (BenchResult result : of(side, kind)) {
        OptionalDouble speed = speed(result);
        if (speed.isPresent() && speed.getAsDouble() < least) {
          slowest = result;
          least = speed.getAsDouble();
        }
      }
      if (slowest != null) {
        worst.add(String.format(Locale.ROOT, "%s %.3f", slowest.product(), least));
      }
    }
    if (!worst.isEmpty()) {
      out.println(side + ": slowest against " + first + ": " + String.join("; ", worst));
    }
  }
}
