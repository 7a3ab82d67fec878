package dev.deepgemm.measure.tune;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.heuristics.Candidates;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.measure.tune.TuneData.Measured;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A short list of kernels with which the model chooses well.
 *
 * <p>Kernels are added one by one, always the one that most lowers what the choices lose, on average over
 * problems and in logarithms; then those that have become superfluous are taken out, others are put in
 * their places where that is better, and it begins again. A choice is the model's, so a kernel that the
 * model takes for better than it is costs something here, and is not added. Most of the weight have the
 * problems that were measured, where a choice costs what it took there; the rest a grid of problems that
 * were not, where it costs what the model says: they keep the list from being made for the measured
 * problems alone.
 */
final class PortfolioSearch {
  /** No more kernels than that. */
  static final int MOST_KERNELS = 48;

  /** A kernel has to lower the mean loss by as much: one measured problem in forty, by 2.5 percent. */
  static final double LEAST_GAIN = 0.0003;

  /** What it costs to have no kernel at all. */
  private static final double NOTHING = Math.log(10);

  /** What was not measured was not among what looked best: a prediction is trusted less. */
  private static final double UNMEASURED = 1.3;

  private static final int STARTS = 24;
  private static final int MOST_ROUNDS = 12;

  /** Share of the kernels that a search from elsewhere begins with. */
  private static final double SOME = 0.2;

  /** To be slower than the classic choice counts so much more than not to be the fastest. */
  private static final double SETBACK = 2;

  /** A choice that is slower than the classic one by more than this is none to be proud of. */
  private static final double LARGEST_SETBACK = Math.log(1.015);

  private static final double BEYOND = 12;

  /**
   * A kernel's factor is an average over problems; the search may move it a little. The plain one comes
   * first, for ties.
   */
  private static final List<Double> FACTORS =
      List.of(1.0, 0.98, 1.02, 0.96, 1.04, 0.94, 1.06, 0.92, 1.08, 0.9, 1.1);

  /** Share of the weight that what was measured has. */
  private static final double MEASURED_WEIGHT = 0.7;

  private final List<Tuning.Kernel> kernels;

  /** By problem and kernel: the model's time, by which is chosen; infinite where illegal. */
  private final double[][] predicted;

  /** By problem and kernel: what a choice loses. */
  private final double[][] loss;

  private final double[] weight;

  PortfolioSearch(
      ArchSpec arch,
      CostModel model,
      List<Tuning.Kernel> plain,
      List<Measured> measured,
      List<GemmDesc> grid) {
    this.kernels = variants(plain);
    int problems = measured.size() + grid.size();
    predicted = new double[problems][kernels.size()];
    loss = new double[problems][kernels.size()];
    weight = new double[problems];
    for (int p = 0; p < problems; p++) {
      boolean known = p < measured.size();
      GemmDesc desc = known ? measured.get(p).desc() : grid.get(p - measured.size());
      weight[p] = known ? MEASURED_WEIGHT / measured.size() : (1 - MEASURED_WEIGHT) / grid.size();
      double level = known ? level(model, measured.get(p)) : 1;
      double best = known ? measured.get(p).best() : Double.POSITIVE_INFINITY;
      for (int i = 0; i < kernels.size(); i++) {
        Tuning.Kernel kernel = kernels.get(i);
        boolean legal = Candidates.legality(arch, desc, kernel).isLegal();
        predicted[p][i] = legal ? model.cost(desc, kernel).micros() : Double.POSITIVE_INFINITY;
        Double micros = known ? measured.get(p).times().get(kernel.withFactor(1)) : null;
        if (micros != null) {
          loss[p][i] = micros;
        } else if (known) {
          loss[p][i] = predicted[p][i] * level * UNMEASURED;
        } else {
          loss[p][i] = predicted[p][i];
          best = Math.min(best, predicted[p][i]);
        }
      }
      double classic = known ? classic(measured.get(p)) : Double.POSITIVE_INFINITY;
      for (int i = 0; i < kernels.size(); i++) {
        double setback = Math.max(0, Math.log(loss[p][i] / classic));
        double penalty = SETBACK * setback + BEYOND * Math.max(0, setback - LARGEST_SETBACK);
        loss[p][i] = Math.min(NOTHING, Math.log(loss[p][i] / best) + penalty);
      }
    }
  }

  private static double classic(Measured problem) {
    Double micros = problem.classic() == null ? null : problem.times().get(problem.classic());
    return micros == null ? Double.POSITIVE_INFINITY : micros;
  }

  /** Every kernel with its factor, and with factors about it. */
  private static List<Tuning.Kernel> variants(List<Tuning.Kernel> plain) {
    List<Tuning.Kernel> all = new ArrayList<>();
    for (Tuning.Kernel kernel : plain) {
      for (double about : FACTORS) {
        all.add(kernel.withFactor(kernel.factor() * about));
      }
    }
    return List.copyOf(all);
  }

  /** Measured over predicted of the better half of a problem's kernels. */
  private static double level(CostModel model, Measured problem) {
    double[] ratios =
        problem.times().entrySet().stream()
            .sorted(Map.Entry.comparingByValue())
            .limit((problem.times().size() + 1) / 2)
            .mapToDouble(
                entry -> entry.getValue() / model.cost(problem.desc(), entry.getKey()).micros())
            .sorted()
            .toArray();
    return ratios[ratios.length / 2];
  }

  /**
   * The list, the most useful first. The search ends where no single step helps, and where that is depends
   * on where it began: it begins with all kernels to choose from, and with some of them, and the best end
   * counts.
   */
  List<Tuning.Kernel> run(long seed) {
    List<Integer> best =
        IntStream.range(0, STARTS)
            .parallel()
            .mapToObj(start -> search(start == 0 ? null : new Random(seed + start)))
            .min(Comparator.comparingDouble(this::objective))
            .orElseThrow();
    Map<Tuning.Kernel, Tuning.Kernel> list = new LinkedHashMap<>();
    for (int i : byUse(best)) {
      // Of two variants the one with the lower prediction always comes first.
      Tuning.Kernel kernel = kernels.get(i);
      list.merge(kernel.withFactor(1), kernel, (a, b) -> a.factor() <= b.factor() ? a : b);
    }
    return List.copyOf(list.values());
  }

  private double objective(List<Integer> chosen) {
    return new State(chosen, -1).total + LEAST_GAIN * chosen.size();
  }

  private List<Integer> search(@Nullable Random random) {
    List<Integer> chosen = new ArrayList<>();
    if (random != null) {
      grow(chosen, i -> random.nextDouble() < SOME);
    }
    for (int round = 0; round < MOST_ROUNDS; round++) {
      boolean changed = grow(chosen, i -> true);
      changed |= shrink(chosen);
      changed |= exchange(chosen);
      if (!changed) {
        break;
      }
    }
    return chosen;
  }

  /** Adds the most useful kernel, and the next, as long as one is worth its place. */
  private boolean grow(List<Integer> chosen, IntPredicate offered) {
    boolean grown = false;
    while (chosen.size() < Math.min(MOST_KERNELS, kernels.size())) {
      State state = new State(chosen, -1);
      int best = -1;
      double bestGain = LEAST_GAIN;
      for (int i = 0; i < kernels.size(); i++) {
        double gain = offered.test(i) ? state.total - state.with(i) : 0;
        if (gain > bestGain) {
          best = i;
          bestGain = gain;
        }
      }
      if (best < 0) {
        break;
      }
      chosen.add(best);
      grown = true;
    }
    return grown;
  }

  /** Takes out kernels without which the choices are not worse, or hardly. */
  private boolean shrink(List<Integer> chosen) {
    boolean shrunk = false;
    double total = new State(chosen, -1).total;
    for (int at = chosen.size() - 1; at >= 0; at--) {
      double without = new State(chosen, at).total;
      if (without - total < LEAST_GAIN / 2) {
        chosen.remove(at);
        total = without;
        shrunk = true;
      }
    }
    return shrunk;
  }

  /** Puts others in the places of kernels, where that helps. */
  private boolean exchange(List<Integer> chosen) {
    boolean changed = false;
    for (int at = 0; at < chosen.size(); at++) {
      State without = new State(chosen, at);
      int best = chosen.get(at);
      double bestTotal = without.with(best) - LEAST_GAIN / 10;
      for (int i = 0; i < kernels.size(); i++) {
        double total = without.with(i);
        if (total < bestTotal) {
          best = i;
          bestTotal = total;
        }
      }
      changed |= best != chosen.get(at);
      chosen.set(at, best);
    }
    return changed;
  }

  /** In the order of what they are good for, so that ties go to what is used most. */
  private List<Integer> byUse(List<Integer> chosen) {
    double[] use = new double[kernels.size()];
    for (int p = 0; p < predicted.length; p++) {
      int fastest = -1;
      for (int i : chosen) {
        if (fastest < 0 || predicted[p][i] < predicted[p][fastest]) {
          fastest = i;
        }
      }
      if (fastest >= 0) {
        use[fastest] += weight[p];
      }
    }
    List<Integer> ordered = new ArrayList<>(chosen);
    ordered.sort(Comparator.<Integer>comparingDouble(i -> -use[i]).thenComparing(i -> i));
    return ordered;
  }

  /** What the choices among some kernels lose. */
  private final class State {
    private final double[] fastest = new double[predicted.length];
    private final double[] losses = new double[predicted.length];
    private final double total;

    /**
     * @param leaveOut a place that does not count; -1 for none
     */
    State(List<Integer> chosen, int leaveOut) {
      Arrays.fill(fastest, Double.POSITIVE_INFINITY);
      Arrays.fill(losses, NOTHING);
      for (int at = 0; at < chosen.size(); at++) {
        int i = chosen.get(at);
        for (int p = 0; p < fastest.length && at != leaveOut; p++) {
          if (predicted[p][i] < fastest[p]) {
            fastest[p] = predicted[p][i];
            losses[p] = loss[p][i];
          }
        }
      }
      double sum = 0;
      for (int p = 0; p < losses.length; p++) {
        sum += weight[p] * losses[p];
      }
      total = sum;
    }

    /** The loss with one more kernel. */
    double with(int kernel) {
      double sum = total;
      for (int p = 0; p < fastest.length; p++) {
        if (predicted[p][kernel] < fastest[p]) {
          sum += weight[p] * (loss[p][kernel] - losses[p]);
        }
      }
      return sum;
    }
  }
}
