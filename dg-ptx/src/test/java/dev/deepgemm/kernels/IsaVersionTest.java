package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.IsaFeature;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.ampere.CpAsync;
import dev.deepgemm.ptx.sync.Sync;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IsaVersionTest {
  private static String version(String target, int cluster, Consumer<Code> body) {
    return new KernelBuilder("k", target, 128, cluster)
        .build(body)
        .text()
        .lines()
        .filter(line -> line.startsWith(".version"))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "sm_80, 7.0",
    "sm_86, 7.0",
    "sm_89, 7.8",
    "sm_90, 7.8",
    "sm_90a, 8.0",
    "sm_100a, 8.6",
    "sm_120, 8.7"
  })
  void version_ofAnEmptyKernel_isTheFirstThatKnowsTheTarget(String target, String version) {
    assertEquals(".version " + version, version(target, 1, code -> {}));
  }

  @Test
  void version_growsWithTheInstructions() {
    assertEquals(".version 7.8", version("sm_90", 1, Sync::awaitPreviousGrid));
    assertEquals(".version 8.0", version("sm_90", 1, Sync::fenceProxyAsync));
    assertEquals(".version 7.0", version("sm_80", 1, CpAsync::commit));
  }

  @Test
  void version_ofAClusterIsThatOfClusters() {
    assertEquals(".version 8.0", version("sm_90", 2, code -> {}));
    assertThrows(IllegalStateException.class, () -> version("sm_80", 2, code -> {}));
  }

  @ParameterizedTest
  @CsvSource({"sm_80", "sm_90", "sm_100a", "sm_120"})
  void instructionsOfOneArchitecture_areRefusedElsewhere(String target) {
    IllegalStateException error =
        assertThrows(
            IllegalStateException.class,
            () -> version(target, 1, code -> code.raw(IsaFeature.WGMMA, "wgmma.fence")));
    assertTrue(error.getMessage().contains("sm_90a"), error.getMessage());
    assertTrue(error.getMessage().contains(target), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"90a", "sm90a", "sm_90x", "compute_90"})
  void targets_thatAreNone_areRefused(String target) {
    assertThrows(IllegalArgumentException.class, () -> new KernelBuilder("k", target, 128, 1));
  }
}
