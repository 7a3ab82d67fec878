package dev.deepgemm.measure.tune;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.heuristics.Candidates;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.tune.TuneData.Measured;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.CostParameters;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From measurements of one type of operands to what tuned selection needs: parameters, the kernels' factors,
 * the short list.
 *
 * @param data of one type
 * @param tuning the answer
 * @param predictions how well the parameters predict what was measured, factors aside
 * @param choices what is chosen for each problem, in their order
 */
public record TuneFit(TuneData data, Tuning tuning, Percentiles predictions, List<Chosen> choices) {
  /** Products that a list has to serve although nobody measured them. */
  private static final List<Matrix> GRID_NK =
      List.of(
          new Matrix(2112, 7168),
          new Matrix(24_576, 1536),
          new Matrix(32_768, 512),
          new Matrix(7168, 16_384),
          new Matrix(4096, 7168),
          new Matrix(7168, 2048),
          new Matrix(576, 7168),
          new Matrix(129_280, 7168),
          new Matrix(1536, 7168),
          new Matrix(3072, 1536),
          new Matrix(7168, 4608),
          new Matrix(128, 7168));

  private static final List<Integer> GRID_M =
      List.of(
          1, 8, 16, 17, 32, 33, 48, 64, 65, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024,
          1536, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384);

  private record Matrix(int n, int k) {}

  /**
   * What is chosen for a problem that was measured.
   *
   * @param problem the problem
   * @param kernel the choice
   * @param micros what it took; null if it was not measured there
   * @param blind what the choice takes that is made with factors for which this problem did not count;
   *     null if that was not measured
   */
  public record Chosen(
      Measured problem, Tuning.Kernel kernel, @Nullable Double micros, @Nullable Double blind) {
    /**
     * What the list is held against, so that no problem is worse off than under the classic rules; not a
     * number if that was not measured.
     */
    public double classicMicros() {
      Tuning.Kernel classic = problem.classic();
      Double time = classic == null ? null : problem.times().get(classic);
      return time == null ? Double.NaN : time;
    }
  }

  /** Fits what was measured; the same data and seed give the same answer. */
  public static TuneFit of(ArchSpec arch, TuneData data, long seed) {
    List<Measured> problems = data.problems();
    DataType type = problems.get(0).desc().aType();
    CostParameters parameters = new CostFit(arch, problems, CostModel.guess(type)).fit(seed);
    CostModel model = new CostModel(arch, parameters);
    List<Double> errors = new ArrayList<>();
    for (Measured problem : problems) {
      problem
          .times()
          .forEach(
              (kernel, micros) ->
                  errors.add(Math.abs(model.cost(problem.desc(), kernel).micros() / micros - 1)));
    }
    List<Tuning.Kernel> kernels = CostFit.withFactors(model, problems, data.kernels(), -1);
    List<Tuning.Kernel> list =
        new PortfolioSearch(arch, model, kernels, problems, grid(arch, problems.get(0).desc()))
            .run(seed);
    List<Chosen> choices = new ArrayList<>();
    for (int i = 0; i < problems.size(); i++) {
      choices.add(chosen(arch, model, problems, list, i));
    }
    return new TuneFit(data, new Tuning(parameters, list), Percentiles.of(errors), choices);
  }

  private static List<GemmDesc> grid(ArchSpec arch, GemmDesc like) {
    List<GemmDesc> grid = new ArrayList<>();
    for (Matrix weight : GRID_NK) {
      for (int m : GRID_M) {
        grid.add(like.withM(m).withN(weight.n).withK(weight.k).withSmLimit(arch.defaultNumSms()));
      }
    }
    return grid;
  }

  private static Chosen chosen(
      ArchSpec arch, CostModel model, List<Measured> problems, List<Tuning.Kernel> list, int at) {
    Measured problem = problems.get(at);
    List<Tuning.Kernel> blind = CostFit.withFactors(model, problems, plain(list), at);
    Tuning.Kernel choice = fastest(arch, model, problem.desc(), list);
    Tuning.Kernel blindly = fastest(arch, model, problem.desc(), blind);
    return new Chosen(
        problem,
        choice,
        problem.times().get(choice.withFactor(1)),
        problem.times().get(blindly.withFactor(1)));
  }

  private static List<Tuning.Kernel> plain(List<Tuning.Kernel> list) {
    return list.stream().map(kernel -> kernel.withFactor(1)).toList();
  }

  private static Tuning.Kernel fastest(
      ArchSpec arch, CostModel model, GemmDesc desc, List<Tuning.Kernel> list) {
    Tuning.Kernel best = null;
    double micros = Double.POSITIVE_INFINITY;
    for (Tuning.Kernel kernel : list) {
      double predicted = model.cost(desc, kernel).micros();
      if (predicted < micros && Candidates.legality(arch, desc, kernel).isLegal()) {
        best = kernel;
        micros = predicted;
      }
    }
    if (best == null) {
      throw new IllegalStateException("no kernel of the list is legal for " + desc);
    }
    return best;
  }

  /** The figures, line by line; they stand in the file, too. */
  public List<String> summary() {
    List<String> lines = new ArrayList<>();
    lines.add(
        number(
            "%d problems, %d times: prediction off by %.1f %% (median), %.1f %% (90th percentile)",
            choices.size(),
            predictions.count(),
            100 * predictions.median(),
            100 * predictions.at(90)));
    lines.add(
        number(
            "choices lose %.2f %% against the best measured (geometric mean), at most %.1f %%; %.2f %%"
                + " where a problem's own times do not count",
            100 * (mean(Chosen::micros) - 1), 100 * (most() - 1), 100 * (mean(Chosen::blind) - 1)));
    double gain = 0;
    double least = Double.POSITIVE_INFINITY;
    int counted = 0;
    for (Chosen choice : choices) {
      double classic = choice.classicMicros();
      if (choice.micros != null && !Double.isNaN(classic)) {
        gain += Math.log(classic / choice.micros);
        least = Math.min(least, classic / choice.micros);
        counted++;
      }
    }
    lines.add(
        number(
            "classic over tuned: %.3f (geometric mean of %d), at least %.3f",
            Math.exp(gain / Math.max(1, counted)), counted, least));
    Set<Tuning.Kernel> used = new LinkedHashSet<>();
    choices.forEach(choice -> used.add(choice.kernel));
    lines.add(
        number(
            "%d kernels, %d of them chosen for what was measured",
            tuning.portfolio().size(), used.size()));
    return lines;
  }

  private double mean(Function<Chosen, @Nullable Double> time) {
    double sum = 0;
    int count = 0;
    for (Chosen choice : choices) {
      Double micros = time.apply(choice);
      if (micros != null) {
        sum += Math.log(micros / choice.problem.best());
        count++;
      }
    }
    return Math.exp(sum / Math.max(1, count));
  }

  private double most() {
    return choices.stream()
        .filter(choice -> choice.micros != null)
        .mapToDouble(choice -> (choice.micros == null ? 1 : choice.micros) / choice.problem.best())
        .max()
        .orElse(1);
  }

  /** The resource of an architecture's plugin. */
  public String file() {
    StringBuilder text = new StringBuilder();
    text.append("# Tuned selection: written by dg tune --fit, see docs/heuristics.md.\n");
    data.sources().forEach(source -> text.append("# From ").append(source).append('\n'));
    summary().forEach(line -> text.append("# ").append(line).append('\n'));
    return text.append(tuning.text()).toString();
  }

  private static String number(String format, Object... args) {
    return String.format(Locale.ROOT, format, args);
  }
}
