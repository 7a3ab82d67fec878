package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.api.TensorMap.Element;
import dev.deepgemm.api.TensorMap.Swizzle;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorMapTest {
  private static final long ADDRESS = 0x7f00_0000_0010L;

  /** A [7168, 4096] matrix of bytes; the box is [128, rows]. */
  private static TensorMap map(long address, long stride, int inner, int rows, int l2) {
    return new TensorMap(
        Element.U8,
        address,
        List.of(7168L, 4096L),
        List.of(stride),
        List.of(inner, rows),
        Swizzle.B128,
        l2);
  }

  private static void assertProblems(List<String> ids, Runnable maker) {
    InvalidGemmException e = assertThrows(InvalidGemmException.class, maker::run);
    assertEquals(ids, e.problems().stream().map(Problem::id).toList(), e.getMessage());
  }

  @Test
  void constructor_legalMap_isMade() {
    TensorMap map = map(ADDRESS, 7168, 128, 256, 256);
    assertEquals(128 * 256, map.boxBytes());
  }

  @Test
  void constructor_listsThatChangeLater_areCopied() {
    List<Integer> box = new ArrayList<>(List.of(128, 64));
    TensorMap map =
        new TensorMap(
            Element.U8, ADDRESS, List.of(7168L, 8L), List.of(7168L), box, Swizzle.B128, 0);
    box.set(1, 999);
    assertEquals(List.of(128, 64), map.box());
  }

  @Test
  void constructor_everythingWrong_reportsAllAtOnce() {
    assertProblems(
        List.of("DG-TMA-02", "DG-TMA-04", "DG-TMA-05", "DG-TMA-06", "DG-TMA-07"),
        () -> map(ADDRESS + 8, 7160, 144, 257, 100));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 8, 0x7f0000000018L})
  void constructor_addressNullOrUnaligned_isRefused(long address) {
    assertProblems(List.of("DG-TMA-02"), () -> map(address, 7168, 128, 64, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {-16, 8, 7169, 1L << 40})
  void constructor_strideOutOfRange_isRefused(long stride) {
    assertProblems(List.of("DG-TMA-05"), () -> map(ADDRESS, stride, 128, 64, 0));
  }

  @Test
  void constructor_largestStride_isLegal() {
    assertEquals(List.of((1L << 40) - 16), map(ADDRESS, (1L << 40) - 16, 128, 64, 0).strides());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 257})
  void constructor_boxOutOfRange_isRefused(int rows) {
    assertProblems(List.of("DG-TMA-04"), () -> map(ADDRESS, 7168, 128, rows, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, (1L << 32) + 1})
  void constructor_dimOutOfRange_isRefused(long rows) {
    assertProblems(
        List.of("DG-TMA-03"),
        () ->
            new TensorMap(
                Element.BF16,
                ADDRESS,
                List.of(64L, rows),
                List.of(128L),
                List.of(64, 8),
                Swizzle.B128,
                0));
  }

  @ParameterizedTest
  @CsvSource({
    "B128, 64, true", "B128, 72, false", "B64, 32, true", "B64, 40, false", "B32, 16, true",
    "B32, 24, false", "NONE, 256, true", "NONE, 12, false", "B128, 4, false", "B128, 8, true"
  })
  void constructor_innerBox_mustFitTheSwizzle(Swizzle swizzle, int inner, boolean legal) {
    Runnable maker =
        () ->
            new TensorMap(
                Element.BF16,
                ADDRESS,
                List.of(4096L, 16L),
                List.of(8192L),
                List.of(inner, 8),
                swizzle,
                0);
    if (legal) {
      maker.run();
    } else {
      assertProblems(List.of("DG-TMA-06"), maker);
    }
  }

  @Test
  void constructor_listsOfWrongLengths_areRefused() {
    assertProblems(
        List.of("DG-TMA-01"),
        () ->
            new TensorMap(
                Element.U8,
                ADDRESS,
                List.of(16L, 16L),
                List.of(),
                List.of(16, 16),
                Swizzle.NONE,
                0));
    assertProblems(
        List.of("DG-TMA-01"),
        () -> new TensorMap(Element.U8, ADDRESS, List.of(), List.of(), List.of(), Swizzle.NONE, 0));
  }

  @Test
  void element_ofType_hasTheTypesSize() {
    for (DataType type : DataType.values()) {
      assertEquals(type.bytes(), Element.of(type).bytes());
    }
  }

  @Test
  void swizzle_ofBytes_isTheWidth() {
    assertEquals(Swizzle.NONE, Swizzle.ofBytes(0));
    assertEquals(Swizzle.NONE, Swizzle.ofBytes(16));
    for (int bytes : new int[] {32, 64, 128}) {
      assertEquals(bytes, Swizzle.ofBytes(bytes).bytes());
    }
    assertThrows(IllegalArgumentException.class, () -> Swizzle.ofBytes(48));
  }
}
