package dev.deepgemm.guard;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.guard.Problems.Kind;
import dev.deepgemm.guard.Problems.Policy;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.spi.ArchSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** The kernels whose text is guarded, each with the first choice that led to it. */
final class GuardedKernels {
  private static final int[] ROWS = {1, 8, 24, 64, 128, 300, 1024, 4096};
  private static final int[][] WEIGHTS = {
    {2112, 7168}, {24576, 1536}, {7168, 16384}, {4096, 7168}, {576, 7168}
  };

  private GuardedKernels() {}

  static Map<KernelSpec, String> of(ArchSpec arch) {
    Map<KernelSpec, String> kernels = new LinkedHashMap<>();
    for (Policy policy : Policy.values()) {
      ConfigSelector selector = policy.selector();
      for (Kind kind : Kind.values()) {
        for (int[] weights : WEIGHTS) {
          for (int m : ROWS) {
            kernels.putIfAbsent(
                selector.select(arch, kind.problem(m, weights[0], weights[1])).kernel(),
                policy.label() + " m=" + m + " n=" + weights[0] + " k=" + weights[1]);
          }
        }
      }
    }
    for (ListedKernel listed : ListedKernel.all(arch)) {
      kernels.putIfAbsent(listed.config(arch).kernel(), "listed");
    }
    return kernels;
  }
}
