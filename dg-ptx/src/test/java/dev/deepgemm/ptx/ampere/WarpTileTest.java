package dev.deepgemm.ptx.ampere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.KernelBuilder;
import dev.deepgemm.ptx.SmemAddress;
import dev.deepgemm.ptx.U32;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WarpTileTest {
  private static final MmaAtom ATOM = new MmaAtom(DataType.BF16);

  private static String emit(Consumer<Code> body) {
    return new KernelBuilder("k", "sm_80", 32, 1).build(body).text();
  }

  private static WarpTile tile(Code code, int rows, int columns) {
    return new WarpTile(code, ATOM, rows, columns, code.u32(0), code.u32(0));
  }

  private static long count(String text, String instruction) {
    return text.lines().filter(line -> line.contains(instruction)).count();
  }

  @Test
  void multiply_readsEachFragmentOncePerStepAndMultipliesEveryAtom() {
    String text =
        emit(
            code -> {
              SmemAddress smem = code.dynamicSmem();
              tile(code, 32, 48).multiply(smem, smem);
            });
    // 128 bytes of k are four atoms; 2 reads of A and 3 of B each, for 2 x 6 atoms.
    assertEquals(4 * (2 + 3), count(text, "ldmatrix."));
    assertEquals(4 * 2 * 6, count(text, "mma.sync."));
  }

  @Test
  void forEachRow_visitsEverySumOfAThreadOnce() {
    List<String> sums = new ArrayList<>();
    List<String> rows = new ArrayList<>();
    emit(
        code -> {
          U32 zero = code.u32(0);
          tile(code, 32, 16)
              .forEachRow(
                  zero,
                  zero,
                  row -> {
                    rows.add(row.name());
                    return (column, first, second) -> {
                      sums.add(first.name());
                      sums.add(second.name());
                    };
                  });
        });
    assertEquals(4, rows.size());
    assertEquals(rows.size(), Set.copyOf(rows).size());
    assertEquals(32 * 16 / 32, sums.size());
    assertEquals(sums.size(), Set.copyOf(sums).size());
  }

  @Test
  void tile_thatLdmatrixCannotReadWhole_isRefused() {
    assertTrue(refusal(16, 24).contains("16 x 24"));
    assertTrue(refusal(8, 16).contains("8 x 16"));
  }

  private static String refusal(int rows, int columns) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> emit(code -> tile(code, rows, columns)))
            .getMessage());
  }
}
