package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.smem.Fragment;
import dev.deepgemm.ptx.smem.MatrixStore;
import dev.deepgemm.ptx.smem.SwizzledRows;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentTest {
  /** Emits what computes a number from one input, and runs that for an input. */
  private static int run(BiFunction<Code, U32, U32> body, int input) {
    String[] result = new String[1];
    List<String> lines =
        Emit.sm90(
            code -> result[0] = body.apply(code, code.special(SpecialRegister.LANEID)).name());
    Map<String, Integer> registers = new HashMap<>(Map.of("%laneid", input));
    for (String line : lines) {
      String[] part = line.replace(";", "").split("[ ,]+");
      if (part.length > 2 && part[1].startsWith("%r")) {
        registers.put(part[1], compute(part, registers));
      }
    }
    return registers.get(result[0]);
  }

  private static int compute(String[] part, Map<String, Integer> registers) {
    int[] value = new int[part.length];
    for (int i = 2; i < part.length; i++) {
      value[i] = part[i].startsWith("%") ? registers.get(part[i]) : Integer.parseInt(part[i]);
    }
    return switch (part[0]) {
      case "mov.u32" -> value[2];
      case "add.u32" -> value[2] + value[3];
      case "shr.u32" -> value[2] >>> value[3];
      case "shl.b32" -> value[2] << value[3];
      case "and.b32" -> value[2] & value[3];
      case "xor.b32" -> value[2] ^ value[3];
      case "mul.lo.u32" -> value[2] * value[3];
      case "mad.lo.u32" -> value[2] * value[3] + value[4];
      default -> throw new AssertionError(part[0]);
    };
  }

  @Test
  void fragment_holdsEveryElementOnce() {
    int columns = 24;
    Set<String> held = new HashSet<>();
    for (int warp = 0; warp < 4; warp++) {
      int w = warp;
      for (int lane = 0; lane < 32; lane++) {
        int row = run((code, l) -> Fragment.upperRow(code, code.u32(w), l), lane);
        int column = run((code, l) -> Fragment.column(code, l, 1), lane);
        for (int r = 0; r < Fragment.registers(columns); r++) {
          int inBlock = r % Fragment.BLOCK_REGISTERS;
          int y = row + inBlock / 2 * Fragment.LOWER;
          int x = Fragment.column(r) + column + inBlock % 2;
          assertEquals(true, held.add(y + ", " + x));
        }
      }
    }
    assertEquals(64 * columns, held.size());
    assertEquals(128, Fragment.threads(64));
    assertEquals(true, held.contains("0, 0") && held.contains("63, 23"));
  }

  @Test
  void fragment_inBytes_isAsWideAsItsElements() {
    assertEquals(24, run((code, lane) -> Fragment.column(code, lane, 4), 7));
  }

  @Test
  void matrixStore_rowsOfLanes_coverAFragmentOf16Columns() {
    Set<String> rows = new HashSet<>();
    for (int lane = 0; lane < 32; lane++) {
      int row = run((code, l) -> MatrixStore.Lane.of(code, l).row(), lane);
      int right = run((code, l) -> MatrixStore.Lane.of(code, l).right(), lane);
      // Matrix i is stored from the fragment's registers 2 i and 2 i + 1.
      int register = 2 * (lane / 8);
      assertEquals(register % Fragment.BLOCK_REGISTERS / 2 * Fragment.LOWER + lane % 8, row);
      assertEquals(Fragment.column(register) / 8, right);
      rows.add(row + ", " + right);
    }
    assertEquals(32, rows.size());
  }

  @ParameterizedTest
  @CsvSource({"128, 8", "64, 8", "32, 8"})
  void swizzledRows_takeBitsOfTheLineIntoTheChunk(int width, int period) {
    SwizzledRows rows = new SwizzledRows(width);
    assertEquals(period, rows.period());
    for (int row = 0; row < 32; row++) {
      int pattern = run((code, r) -> rows.pattern(code, r), row);
      int byBytes = run((code, r) -> rows.patternAt(code, code.mul(r, width)), row);
      // The hardware's rule, on addresses: bits 4 and up change by bits 7 and up,
      // as many as it takes.
      int address = row * width;
      assertEquals(address >> 7 & width / 16 - 1, pattern, "row " + row);
      assertEquals(pattern, byBytes, "row " + row);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 96, 256})
  void swizzledRows_ofAnotherWidth_areRefused(int width) {
    assertThrows(IllegalArgumentException.class, () -> new SwizzledRows(width));
  }
}
