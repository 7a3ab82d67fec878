package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.ptx.smem.SmemLayout;
import dev.deepgemm.ptx.smem.SmemRegion;
import dev.deepgemm.ptx.sync.Pipeline;
import dev.deepgemm.ptx.sync.Sync;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyncTest {
  @ParameterizedTest
  @CsvSource({"4, 1, 4", "8, 2, 16"})
  void pipeline_expectsOneArrivalPerConsumerWarpAndCta(int warps, int cluster, int arrivals) {
    List<String> inits =
        Emit.sm90(
                code -> {
                  SmemLayout layout = new SmemLayout();
                  SmemRegion full = layout.region("full", 8, 2, 8);
                  SmemRegion empty = layout.region("empty", 8, 2, 8);
                  new Pipeline(code, code.dynamicSmem(), full, empty, warps, cluster)
                      .init(code.u32(0), 1);
                })
            .stream()
            .filter(line -> line.startsWith("mbarrier.init"))
            .map(line -> line.replaceAll(".*, (\\d+);", "$1"))
            .toList();
    assertEquals(List.of("1", "" + arrivals), inits, "of each slot");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 260})
  void registers_thatSetmaxnregDoesNotTake_areRefused(int registers) {
    Emit.sm90(
        code ->
            assertThrows(
                IllegalArgumentException.class, () -> Sync.registersUpTo(code, registers)));
  }
}
