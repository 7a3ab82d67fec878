package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.Tile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TileOrderTest {
  private static final GemmDesc DESC = GemmDesc.fp8(128, 256, 512);

  @ParameterizedTest(name = "{0}x{1} {2} waves, last {3} against {4}x{5} {6}, {7}: {8}")
  @CsvSource({
    // Waves first, whatever the rest.
    "64, 16, 1, 1,   256, 128, 2, 132, FEWER_WAVES",
    "64, 16, 3, 132, 64, 16, 2, 1,     NONE",
    // Then the last wave.
    "64, 16, 2, 50,  64, 32, 2, 49,    FULLER_LAST_WAVE",
    "64, 16, 2, 49,  64, 32, 2, 50,    NONE",
    // Ties: the same block_m.
    "64, 16, 2, 50,  64, 32, 2, 50,    SMALLER_BLOCK_N",
    "64, 32, 2, 50,  64, 16, 2, 50,    NONE",
    // Ties: the same block_n.
    "64, 32, 2, 50,  128, 32, 2, 50,   SMALLER_BLOCK_M",
    "128, 32, 2, 50, 64, 32, 2, 50,    NONE",
    // Ties: both differ. Wider wins if the problem (128 x 256) fills it.
    "64, 64, 2, 50,  128, 32, 2, 50,   LARGER_BLOCK_N",
    "128, 64, 2, 50, 64, 32, 2, 50,    LARGER_BLOCK_N",
    "128, 256, 2, 50, 64, 32, 2, 50,   LARGER_BLOCK_N",
    "64, 32, 2, 50,  128, 64, 2, 50,   NONE",
    "256, 64, 2, 50, 64, 32, 2, 50,    NONE",
    "64, 272, 2, 50, 128, 32, 2, 50,   NONE",
    // The same tile is not better than itself.
    "64, 32, 2, 50,  64, 32, 2, 50,    NONE",
  })
  void compare_answersTheRule(
      int bm,
      int bn,
      int waves,
      int last,
      int bestM,
      int bestN,
      int bestWaves,
      int bestLast,
      TileOrder expected) {
    assertEquals(
        expected,
        TileOrder.compare(
            DESC,
            new Tile(bm, bn, 128),
            new Waves(0, waves, last),
            new Tile(bestM, bestN, 128),
            new Waves(0, bestWaves, bestLast)));
  }
}
