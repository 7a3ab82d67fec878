package dev.deepgemm.measure.tune;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.heuristics.Candidates;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A product and the configurations that are measured for it.
 *
 * @param product the product
 * @param candidates the classic choice, then others, the most promising first; no kernel twice
 * @param space how many there were to choose from
 */
public record TuneProblem(BenchCase product, List<GemmConfig> candidates, int space) {
  public TuneProblem {
    candidates = List.copyOf(candidates);
  }

  /** What DeepGEMM's rules choose. */
  GemmConfig classic() {
    return candidates.get(0);
  }

  /**
   * How a problem's candidates are chosen among all that are legal.
   *
   * @param top so many that the model predicts to be the fastest
   * @param explore so many others, at random: where the model is wrong, they tell
   * @param seed of the random ones
   */
  public record Choice(int top, int explore, long seed) {

    public TuneProblem of(ArchSpec arch, int sms, BenchCase one, Options options) {
      GemmDesc desc = one.desc().withSmLimit(sms);
      Kernels.requireSupported(arch, desc);
      ConfigSelector selector = ConfigSelector.create(options.with(Options.HEURISTICS, "classic"));
      CostModel model =
          new CostModel(
              arch,
              arch.tuning(desc.signature())
                  .map(Tuning::parameters)
                  .orElseGet(() -> CostModel.guess(desc.aType())));
      GemmConfig classic = selector.select(arch, desc);
      List<GemmConfig> others = new ArrayList<>(Candidates.of(selector, arch, desc));
      others.removeIf(config -> config.kernel().equals(classic.kernel()));
      Map<GemmConfig, Double> predicted = new HashMap<>();
      others.forEach(config -> predicted.put(config, model.cost(config).micros()));
      others.sort(Comparator.comparing(predicted::get));
      int best = Math.min(top, others.size());
      List<GemmConfig> chosen = new ArrayList<>(List.of(classic));
      chosen.addAll(others.subList(0, best));
      List<GemmConfig> rest = new ArrayList<>(others.subList(best, others.size()));
      Collections.shuffle(rest, new Random(seed * 31 + one.toString().hashCode()));
      chosen.addAll(rest.subList(0, Math.min(explore, rest.size())));
      return new TuneProblem(one, chosen, others.size() + 1);
    }
  }

  /** The same problem without some of its kernels; the classic one stays whatever it is. */
  public TuneProblem without(Set<String> kernels) {
    List<GemmConfig> left =
        candidates.stream()
            .filter(config -> config.equals(classic()) || !kernels.contains(config.kernel().id()))
            .toList();
    return new TuneProblem(product, left, space);
  }
}
