package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Tile;
import org.junit.jupiter.api.Test;

class WavesTest {
  private static GemmDesc batched(int m, int n, int groups) {
    return GemmDesc.of(
        Signature.BF16.withKind(GemmKind.BATCHED), new Shape.Batched(groups, m, n, 64));
  }

  @Test
  void of_raggedProblem_countsPartialTiles() {
    // 2 x 3 tiles, 4 groups, 10 SMs: 24 tiles are 2 full waves and 4.
    assertEquals(new Waves(24, 3, 4), Waves.of(batched(65, 129, 4), new Tile(64, 64, 64), 10));
  }

  @Test
  void of_fullLastWave_countsAllSms() {
    assertEquals(new Waves(20, 2, 10), Waves.of(batched(64, 64, 20), new Tile(64, 64, 64), 10));
  }

  @Test
  void of_oneTile_isOneWave() {
    assertEquals(new Waves(1, 1, 1), Waves.of(batched(1, 1, 1), new Tile(256, 256, 64), 132));
    assertEquals(new Waves(1, 1, 1), Waves.of(batched(1, 1, 1), new Tile(256, 256, 64), 1));
  }

  /** All rows of contiguous groups are in m already. */
  @Test
  void of_contiguousGroups_countRowsOnce() {
    GemmDesc eight =
        GemmDesc.of(
            Signature.BF16.withKind(GemmKind.M_GROUPED_CONTIGUOUS),
            new Shape.Contiguous(8, 65, 129, 64));
    assertEquals(new Waves(6, 1, 6), Waves.of(eight, new Tile(64, 64, 64), 10));
  }

  @Test
  void of_moreThanALongCounts_saturates() {
    int max = Integer.MAX_VALUE;
    assertEquals(
        Long.MAX_VALUE, Waves.of(batched(max, max, max), new Tile(1, 1, 64), 132).blocks());
    assertEquals(
        (1L << 25) * (1L << 27),
        Waves.of(batched(max, max, 1), new Tile(64, 16, 64), 132).blocks());
  }
}
