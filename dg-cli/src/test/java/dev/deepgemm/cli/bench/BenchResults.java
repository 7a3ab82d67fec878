package dev.deepgemm.cli.bench;

import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchResult;
import dev.deepgemm.measure.bench.BenchShape;
import dev.deepgemm.measure.bench.BenchSide;
import dev.deepgemm.measure.bench.Ceilings;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.Tolerance;
import dev.deepgemm.sm90.Sm90Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Results as a bench has them, written down instead of measured. */
final class BenchResults {
  static final BenchSide CLASSIC = new BenchSide(Heuristics.CLASSIC, false);
  static final BenchSide TUNED = new BenchSide(Heuristics.TUNED, false);
  static final BenchSide CLASSIC_CONSTANT = new BenchSide(Heuristics.CLASSIC, true);
  static final BenchSide TUNED_CONSTANT = new BenchSide(Heuristics.TUNED, true);
  static final Ceilings CEILINGS = Ceilings.of(4e12);
  static final BenchCase SMALL = new BenchCase(BenchKind.FP8, new BenchShape(64, 4096, 7168));
  static final BenchCase LARGE = new BenchCase(BenchKind.FP8, new BenchShape(4096, 4096, 7168));

  private final BenchSide side;
  private final BenchCase product;
  private final List<Double> micros = new ArrayList<>();
  private final Map<String, BenchResult.Peer> peers = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  BenchResults(BenchSide side, BenchCase product) {
    this.side = side;
    this.product = product;
  }

  /** What it took, with some noise around it. */
  BenchResults micros(double median) {
    micros.addAll(List.of(median, median - 1, median + 2));
    return this;
  }

  /** What cuBLASLt took; the other peers have no kernel for it. */
  BenchResults peer(double median) {
    for (String name : product.kind().peers()) {
      List<Double> times =
          name.equals("cublaslt_fp8_block_scaled")
              ? List.of(median, median + 1, median - 1)
              : List.of();
      peers.put(name, new BenchResult.Peer(times, null));
    }
    return this;
  }

  BenchResults problem(String text) {
    problems.add(text);
    return this;
  }

  BenchResult get() {
    BenchResult.Measured measured =
        new BenchResult.Measured(
            ConfigSelector.create(Options.defaults())
                .select(new Sm90Spec(), product.desc().withSmLimit(132)),
            new Machine.Prepared("disk", 1, 2, 3, "ptxas 13", Optional.empty()),
            new GemmError(1, 250_000, 0.5, 1, 2),
            Tolerance.of(product.desc()),
            4,
            20);
    long now = System.currentTimeMillis();
    return new BenchResult(product, side, measured, micros, peers, now, now, problems);
  }
}
