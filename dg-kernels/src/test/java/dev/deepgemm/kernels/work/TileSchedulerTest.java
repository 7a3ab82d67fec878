package dev.deepgemm.kernels.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import org.junit.jupiter.api.Test;

class TileSchedulerTest {
  @Test
  void units_withoutMulticast_areTiles() {
    assertEquals(35, TileScheduler.units(Multicast.NONE, 5, 7));
  }

  @Test
  void units_withMulticast_coverAllTilesAndAtMostOneMore() {
    for (int m = 1; m <= 40; m++) {
      for (int n = 1; n <= 40; n++) {
        for (Multicast side : new Multicast[] {Multicast.ON_A, Multicast.ON_B}) {
          int slots = 2 * TileScheduler.units(side, m, n);
          assertTrue(slots == m * n || slots == m * n + 1, side + " " + m + " " + n);
        }
      }
    }
  }

  @Test
  void groupSize_readsFewerRowsPerWave() {
    // 132 tiles of 128 x 128: 8 along m leave 17 along n, 16 leave 9; both read 25.
    assertEquals(8, TileScheduler.bandWidth(Multicast.NONE, new Tile(128, 128, 64), 132));
    // Wide tiles: fewer of them along n.
    assertEquals(16, TileScheduler.bandWidth(Multicast.NONE, new Tile(64, 256, 64), 132));
    assertEquals(8, TileScheduler.bandWidth(Multicast.ON_B, new Tile(64, 256, 64), 132));
  }
}
