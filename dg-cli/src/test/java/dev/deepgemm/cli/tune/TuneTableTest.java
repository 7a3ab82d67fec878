package dev.deepgemm.cli.tune;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchShape;
import dev.deepgemm.measure.tune.TuneProblem;
import dev.deepgemm.measure.tune.TuneResult;
import dev.deepgemm.sm90.Sm90Spec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TuneTableTest {
  @Test
  void table_showsTheBestAndWhatFailed() {
    BenchCase one = new BenchCase(BenchKind.FP8, new BenchShape(64, 4096, 7168));
    TuneProblem problem =
        new TuneProblem.Choice(6, 3, 1).of(new Sm90Spec(), 132, one, Options.defaults());
    List<TuneResult.Measured> measured = new ArrayList<>();
    for (GemmConfig config : problem.candidates()) {
      int i = measured.size();
      measured.add(
          new TuneResult.Measured(
              config,
              i == 4 ? Double.NaN : i == 3 ? 25 : 50,
              4,
              1e-3,
              i == 4 ? "no such luck" : null));
    }
    StringWriter text = new StringWriter();
    TuneTable table = new TuneTable(new PrintWriter(text));
    table.header();
    table.print(new TuneResult(problem, measured, true));
    table.summary();
    assertTrue(text.toString().contains("2.000"), text.toString());
    assertTrue(text.toString().contains("no such luck"), text.toString());
    assertTrue(text.toString().contains("over 1 products: 2.000"), text.toString());
  }
}
