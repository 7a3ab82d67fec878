package org.example.config;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;

/** What a scheduler wants to know of a GEMM before anything runs: tile, stages, SMs, waves. */
public final class Configurations {
  private final ArchSpec arch = ArchSpecs.load().get("sm90");

  /** DeepGEMM's own choices; without the policy they are what a launch of this library gets. */
  private final ConfigSelector selector =
      ConfigSelector.create(Options.fromEnvironment().with(Options.HEURISTICS, "classic"));

  /** The configuration of an FP8 GEMM on all SMs of an H100. */
  public GemmConfig fp8(int tokens, int n, int k) {
    return selector.select(arch, GemmDesc.fp8(tokens, n, k));
  }

  /** Prints how many SMs a layer leaves to others. */
  public static void main(String[] args) {
    Configurations configurations = new Configurations();
    for (int tokens : new int[] {1, 64, 500, 4096}) {
      GemmConfig config = configurations.fp8(tokens, 576, 7168);
      System.out.printf(
          "%5d tokens: %s, %d stages, %d SMs, %d waves%n",
          tokens,
          config.kernel().tile(),
          config.kernel().stages(),
          config.numSms(),
          config.waves());
    }
  }
}
