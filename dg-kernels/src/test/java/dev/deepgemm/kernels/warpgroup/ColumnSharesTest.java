package dev.deepgemm.kernels.warpgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnSharesTest {
  @ParameterizedTest
  @CsvSource({
    // columns, CTAs, full share, CTAs with columns, columns of the last of them, box
    "112, 1, 112, 1, 112, 112",
    " 24, 1,  24, 1,  24,  24",
    "128, 2,  64, 2,  64,  64",
    "256, 8,  32, 8,  32,  32",
    "112, 2,  64, 2,  48,  16",
    " 96, 4,  32, 3,  32,  32",
    " 48, 8,  16, 3,  16,  16",
    "208, 4,  64, 4,  16,  16",
    " 16, 2,  16, 1,  16,  16",
    // The last unit of a tile may be half of one.
    " 24, 2,  16, 2,   8,   8",
    "104, 2,  64, 2,  40,   8",
    " 56, 4,  16, 4,   8,   8"
  })
  void shares_areWholeGroups(int columns, int ctas, int full, int owners, int last, int box) {
    ColumnShares shares = new ColumnShares(columns, ctas);
    assertEquals(full, shares.full());
    assertEquals(owners, shares.owners());
    assertEquals(last, shares.last());
    assertEquals(last == full, shares.even());
    assertEquals(box, shares.box());
  }

  @Test
  void shares_ofEveryTile_addUpToIt() {
    for (int columns = 8; columns <= 256; columns += 8) {
      for (int ctas : List.of(1, 2, 4, 8)) {
        ColumnShares shares = new ColumnShares(columns, ctas);
        assertEquals(columns, IntStream.range(0, ctas).map(shares::of).sum(), shares.toString());
        assertEquals(
            shares.owners(),
            IntStream.range(0, ctas).filter(rank -> shares.of(rank) > 0).count(),
            shares.toString());
      }
    }
  }
}
