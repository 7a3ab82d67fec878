package dev.deepgemm.ptx.tma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.Param;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.sync.Mbarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TmaTest {
  private static String emit(String target, boolean multicast) {
    KernelBuilder kernel = new KernelBuilder("k", target, 32, 1);
    Param.Map map = kernel.map("source");
    return kernel
        .build(
            code -> {
              SmemAddress smem = code.dynamicSmem();
              TensorBox box = TensorBox.of(code.addressOf(map), code.u32(0), code.u32(0));
              Mbarrier barrier = Mbarrier.at(code, code.add(smem, 1024));
              if (multicast) {
                Tma.loadMulticast(code, smem, box, barrier, 0b11);
              } else {
                Tma.load(code, smem, box, barrier);
              }
            })
        .text();
  }

  @ParameterizedTest
  @CsvSource({"sm_90a, cluster, 8.0", "sm_100a, cta, 8.6", "sm_120, cta, 8.7"})
  void load_namesTheCtaWhereTheTargetsAssemblersKnowIt(
      String target, String space, String version) {
    String text = emit(target, false);
    assertTrue(text.contains("cp.async.bulk.tensor.2d.shared::" + space + ".global."), text);
    assertEquals(".version " + version, text.lines().findFirst().orElseThrow());
  }

  @Test
  void loadMulticast_namesTheClusterOnEveryTarget() {
    assertTrue(emit("sm_120", true).contains("2d.shared::cluster.global."));
  }
}
