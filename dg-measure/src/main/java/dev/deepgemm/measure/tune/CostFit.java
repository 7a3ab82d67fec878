package dev.deepgemm.measure.tune;

import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.measure.tune.TuneData.Measured;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.CostParameters;
import dev.deepgemm.spi.CostParameters.Parameter;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Parameters of the cost model with which it predicts what was measured.
 *
 * <p>The loss is the relative error, in logarithms, where large errors count less than their square: a
 * kernel that is slow for a reason which the model does not know must not bend the rest. What is near the
 * best of its problem counts most, because that is where a choice is made; and what all kernels of a
 * problem have in common counts little, because it decides nothing. To this comes what the model's choices
 * would lose against the best that was measured; it is what matters, but alone it is a staircase that
 * says nothing about the next step.
 *
 * <p>The search goes along one parameter at a time, up or down by a factor that shrinks, from the guess
 * and from some points around it. Some twenty parameters, all positive and of known magnitude, need nothing
 * cleverer; and the same data and seed give the same numbers.
 */
final class CostFit {
  private static final int STARTS = 8;
  private static final int MOST_CYCLES = 12;
  private static final double LEAST_PROGRESS = 0.002;
  private static final double FIRST_STEP = 0.5;
  private static final double LAST_STEP = 0.004;
  private static final double SPREAD = 0.3;

  /** Parameters stay within this factor of the guess: what the data say nothing about stays plausible. */
  private static final double FARTHEST = Math.log(4);

  private static final double HUBER = 0.05;
  private static final double LEVEL_WEIGHT = 0.05;
  private static final double REGRET_WEIGHT = 0.02;

  /** How fast a kernel that is slower than the best loses weight. */
  private static final double NEARNESS = 4;

  private final ArchSpec arch;
  private final List<Measured> problems;
  private final double[] guess;

  CostFit(ArchSpec arch, List<Measured> problems, CostParameters guess) {
    this.arch = arch;
    this.problems = List.copyOf(problems);
    this.guess = logs(guess);
  }

  private static double[] logs(CostParameters parameters) {
    return Arrays.stream(Parameter.values())
        .mapToDouble(x -> Math.log(parameters.get(x)))
        .toArray();
  }

  /** The best parameters that were found. */
  CostParameters fit(long seed) {
    Random random = new Random(seed);
    List<double[]> starts = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      double[] start = guess.clone();
      for (int p = 0; p < start.length && i > 0; p++) {
        start[p] += SPREAD * random.nextGaussian();
      }
      starts.add(start);
    }
    return starts.parallelStream()
        .map(this::descend)
        .reduce((a, b) -> a.loss <= b.loss ? a : b)
        .map(found -> parameters(found.at))
        .orElseThrow();
  }

  private record Found(double[] at, double loss) {}

  /**
   * Goes along one parameter after the other until nothing helps, then begins again with large steps: a
   * parameter that did not matter at first may do so now.
   */
  private Found descend(double[] start) {
    Found found = new Found(start, loss(start));
    for (int cycle = 0; cycle < MOST_CYCLES; cycle++) {
      Found better = cycle(found);
      boolean done = better.loss > found.loss * (1 - LEAST_PROGRESS);
      found = better;
      if (done) {
        break;
      }
    }
    return found;
  }

  private Found cycle(Found from) {
    double[] at = from.at;
    double best = from.loss;
    double[] step = new double[at.length];
    Arrays.fill(step, FIRST_STEP);
    while (Arrays.stream(step).anyMatch(size -> Math.abs(size) > LAST_STEP)) {
      for (int p = 0; p < at.length; p++) {
        if (Math.abs(step[p]) <= LAST_STEP) {
          continue;
        }
        double[] moved = at.clone();
        moved[p] = Math.max(guess[p] - FARTHEST, Math.min(guess[p] + FARTHEST, at[p] + step[p]));
        double loss = loss(moved);
        if (loss < best) {
          at = moved;
          best = loss;
          step[p] *= 1.3;
        } else {
          step[p] *= -0.6;
        }
      }
    }
    return new Found(at, best);
  }

  private CostParameters parameters(double[] logs) {
    return CostParameters.of(
        parameter -> {
          double value = Math.exp(logs[parameter.ordinal()]);
          return parameter == Parameter.HIDDEN ? Math.min(1, value) : value;
        });
  }

  private double loss(double[] logs) {
    CostModel model = new CostModel(arch, parameters(logs));
    double order = 0;
    double level = 0;
    double regrets = 0;
    for (Measured problem : problems) {
      double best = problem.best();
      double fastest = Double.POSITIVE_INFINITY;
      double chosen = best;
      double weightOfProblem = 0;
      double offset = 0;
      double[] errors = new double[problem.times().size()];
      double[] weights = new double[errors.length];
      int at = 0;
      for (var entry : problem.times().entrySet()) {
        double micros = entry.getValue();
        double predicted = model.cost(problem.desc(), entry.getKey()).micros();
        errors[at] = Math.log(predicted / micros);
        weights[at] = Math.pow(best / micros, NEARNESS);
        offset += weights[at] * errors[at];
        weightOfProblem += weights[at];
        at++;
        if (predicted < fastest) {
          fastest = predicted;
          chosen = micros;
        }
      }
      offset /= weightOfProblem;
      double ofProblem = 0;
      for (int i = 0; i < errors.length; i++) {
        ofProblem += weights[i] * huber(errors[i] - offset);
      }
      // Every problem counts alike, however many kernels were tried on it.
      order += ofProblem / weightOfProblem;
      level += huber(offset);
      regrets += Math.log(chosen / best);
    }
    return (order + LEVEL_WEIGHT * level + REGRET_WEIGHT * regrets) / problems.size();
  }

  /** A square up to {@link #HUBER}, a line behind it. */
  private static double huber(double error) {
    double size = Math.abs(error);
    return size <= HUBER ? error * error : HUBER * (2 * size - HUBER);
  }

  /**
   * Measured over predicted, kernel by kernel, drawn towards 1 where little was measured: what a kernel
   * does better or worse than the model knows, wherever it is used.
   *
   * @param leaveOut a problem that does not count; -1 for none
   */
  static List<Tuning.Kernel> withFactors(
      CostModel model, List<Measured> problems, List<Tuning.Kernel> kernels, int leaveOut) {
    List<Tuning.Kernel> all = new ArrayList<>();
    for (Tuning.Kernel kernel : kernels) {
      double sum = 0;
      double weights = SHRINKAGE;
      for (int i = 0; i < problems.size(); i++) {
        Measured problem = problems.get(i);
        Double micros = problem.times().get(kernel);
        if (micros != null && i != leaveOut) {
          double weight = Math.pow(problem.best() / micros, 2);
          sum += weight * Math.log(micros / model.cost(problem.desc(), kernel).micros());
          weights += weight;
        }
      }
      all.add(kernel.withFactor(Math.exp(sum / weights)));
    }
    return all;
  }

  /** So many measurements without error would say as much as what is believed beforehand. */
  private static final double SHRINKAGE = 2;
}
