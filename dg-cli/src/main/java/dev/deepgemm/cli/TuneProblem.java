package dev.deepgemm.cli;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.heuristics.Candidates;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.spi.ArchSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A product and the configurations that are measured for it.
 *
 * @param product the product
 * @param candidates the classic choice, then others, the most promising first; no kernel twice
 * @param space how many there were to choose from
 */
record TuneProblem(BenchCase product, List<GemmConfig> candidates, int space) {
  TuneProblem {
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
  record Choice(int top, int explore, long seed) {

    TuneProblem of(ArchSpec arch, int sms, BenchCase one, Options options) {
      GemmDesc desc = one.desc().withSmLimit(sms);
      Kernels.requireSupported(arch, desc);
      ConfigSelector selector = ConfigSelector.create(options);
      CostModel model = new CostModel(arch, CostModel.guess(desc.abType()));
      List<GemmConfig> all = Candidates.of(selector, arch, desc);
      Map<GemmConfig, Double> predicted =
          all.stream().collect(Collectors.toMap(one2 -> one2, one2 -> model.cost(one2).micros()));
      List<GemmConfig> ranked = new ArrayList<>(all);
      ranked.sort(Comparator.comparing(predicted::get));
      Map<String, GemmConfig> chosen = new LinkedHashMap<>();
      add(chosen, selector.select(arch, desc));
      ranked.stream().limit(top).forEach(config -> add(chosen, config));
      List<GemmConfig> rest =
          new ArrayList<>(ranked.subList(Math.min(top, all.size()), all.size()));
      Collections.shuffle(rest, new Random(seed * 31 + one.toString().hashCode()));
      rest.stream().limit(explore).forEach(config -> add(chosen, config));
      return new TuneProblem(one, List.copyOf(chosen.values()), all.size());
    }

    private static void add(Map<String, GemmConfig> chosen, GemmConfig config) {
      chosen.putIfAbsent(config.kernel().id(), config);
    }
  }

  /** The same problem without some of its kernels; the classic one stays whatever it is. */
  TuneProblem without(Set<String> kernels) {
    List<GemmConfig> left =
        candidates.stream()
            .filter(config -> config.equals(classic()) || !kernels.contains(config.kernel().id()))
            .toList();
    return new TuneProblem(product, left, space);
  }
}
