package dev.deepgemm.cli;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.cli.TuneData.Measured;
import dev.deepgemm.heuristics.Candidates;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A short list of kernels with which the model chooses well.
 *
 * <p>Kernels are added one by one, always the one that most lowers what the choices lose, on average over
 * problems and in logarithms. A choice is the model's, so a kernel that the model takes for better than it
 * is costs something here, and is not added. Half of the weight have the problems that were measured,
 * where a choice costs what it took there; the other half a grid of problems that were not, where it costs
 * what the model says: they keep the list from being made for the measured problems alone.
 */
final class PortfolioSearch {
  /** No more kernels than that. */
  static final int MOST_KERNELS = 48;

  /** A kernel has to lower the mean loss by as much: one measured problem in forty, by 2.5 percent. */
  static final double LEAST_GAIN = 0.0003;

  /** What it costs to have no kernel at all. */
  private static final double NOTHING = Math.log(10);

  /** A prediction is trusted less than a measurement. */
  private static final double UNMEASURED = 1.1;

  private final List<Tuning.Kernel> kernels;

  /** By problem and kernel: the model's time, by which is chosen; infinite where illegal. */
  private final double[][] predicted;

  /** By problem and kernel: what a choice loses. */
  private final double[][] loss;

  private final double[] weight;

  PortfolioSearch(
      ArchSpec arch,
      CostModel model,
      List<Tuning.Kernel> kernels,
      List<Measured> measured,
      List<GemmDesc> grid) {
    this.kernels = List.copyOf(kernels);
    int problems = measured.size() + grid.size();
    predicted = new double[problems][kernels.size()];
    loss = new double[problems][kernels.size()];
    weight = new double[problems];
    for (int p = 0; p < problems; p++) {
      boolean known = p < measured.size();
      GemmDesc desc = known ? measured.get(p).desc() : grid.get(p - measured.size());
      weight[p] = 0.5 / (known ? measured.size() : grid.size());
      if (grid.isEmpty() || measured.isEmpty()) {
        weight[p] *= 2;
      }
      double best = Double.POSITIVE_INFINITY;
      for (int i = 0; i < kernels.size(); i++) {
        Tuning.Kernel kernel = kernels.get(i);
        boolean legal = Candidates.legality(arch, desc, kernel).isLegal();
        predicted[p][i] = legal ? model.cost(desc, kernel).micros() : Double.POSITIVE_INFINITY;
        Double micros = known ? measured.get(p).times().get(kernel.withFactor(1)) : null;
        loss[p][i] = micros == null ? predicted[p][i] * (known ? UNMEASURED : 1) : micros;
        best = Math.min(best, known ? measured.get(p).best() : predicted[p][i]);
      }
      for (int i = 0; i < kernels.size(); i++) {
        loss[p][i] = Math.min(NOTHING, Math.log(loss[p][i] / best));
      }
    }
  }

  /** The list, the most useful first. */
  List<Tuning.Kernel> run() {
    List<Tuning.Kernel> chosen = new ArrayList<>();
    double[] fastest = new double[predicted.length];
    double[] losses = new double[predicted.length];
    Arrays.fill(fastest, Double.POSITIVE_INFINITY);
    Arrays.fill(losses, NOTHING);
    while (chosen.size() < Math.min(MOST_KERNELS, kernels.size())) {
      int best = -1;
      double bestGain = LEAST_GAIN;
      for (int i = 0; i < kernels.size(); i++) {
        double gain = 0;
        for (int p = 0; p < predicted.length; p++) {
          if (predicted[p][i] < fastest[p]) {
            gain += weight[p] * (losses[p] - loss[p][i]);
          }
        }
        if (gain > bestGain) {
          best = i;
          bestGain = gain;
        }
      }
      if (best < 0) {
        break;
      }
      chosen.add(kernels.get(best));
      for (int p = 0; p < predicted.length; p++) {
        if (predicted[p][best] < fastest[p]) {
          fastest[p] = predicted[p][best];
          losses[p] = loss[p][best];
        }
      }
    }
    return chosen;
  }
}
