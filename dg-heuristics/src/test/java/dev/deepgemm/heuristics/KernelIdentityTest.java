package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many kernels a serving process meets: every m up to 4096 over the matrices of a DeepSeek-V3-like
 * model on 132 SMs. The same sweep is counted the way DeepGEMM compiles, with n, k, the SM count and
 * the last stages in the kernel, as a check that the comparison in docs/heuristics.md is fair.
 */
class KernelIdentityTest {
  private static final int MAX_M = 4096;

  /** n and k of the weights. */
  private static final List<int[]> MATRICES =
      List.of(
          new int[] {128, 7168},
          new int[] {576, 7168},
          new int[] {1536, 7168},
          new int[] {2112, 7168},
          new int[] {3072, 1536},
          new int[] {4096, 7168},
          new int[] {7168, 2048},
          new int[] {7168, 4608},
          new int[] {7168, 16384},
          new int[] {24576, 1536},
          new int[] {32768, 512},
          new int[] {129280, 7168});

  /** What DeepGEMM compiles in. */
  private record CompiledIn(KernelSpec kernel, int n, int k, int numSms, int numLastStages) {}

  private record Pool(Set<KernelSpec> ours, Set<CompiledIn> deepGemm) {}

  private static Pool sweep(boolean fp8, String minimize) {
    ArchSpec arch = new Sm90Spec();
    ConfigSelector selector = Archs.selector(minimize);
    Pool pool = new Pool(new HashSet<>(), new HashSet<>());
    for (int[] nk : MATRICES) {
      GemmDesc base =
          fp8 ? GemmDesc.fp8(1, nk[0], nk[1]) : GemmDesc.bf16(1, nk[0], nk[1], DataType.BF16);
      for (int m = 1; m <= MAX_M; m++) {
        GemmConfig config = selector.select(arch, base.withM(m));
        pool.ours.add(config.kernel());
        pool.deepGemm.add(
            new CompiledIn(config.kernel(), nk[0], nk[1], config.numSms(), config.numLastStages()));
      }
    }
    return pool;
  }

  @ParameterizedTest
  @CsvSource({"true, 61, 298, 167", "false, 73, 349, 207"})
  void sweep_bothSwitchValues_needTheSameKernels(
      boolean fp8, int kernels, int deepGemmOn, int deepGemmOff) {
    Pool on = sweep(fp8, "1");
    Pool off = sweep(fp8, "0");
    assertEquals(on.ours, off.ours);
    assertEquals(kernels, on.ours.size());
    assertEquals(deepGemmOn, on.deepGemm.size());
    assertEquals(deepGemmOff, off.deepGemm.size());
  }
}
