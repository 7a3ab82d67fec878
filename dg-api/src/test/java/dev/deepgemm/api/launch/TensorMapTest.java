package dev.deepgemm.api.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.TensorMap.Element;
import dev.deepgemm.api.launch.TensorMap.Swizzle;
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
    return TensorMap.builder(Element.U8)
        .address(address)
        .dim(7168L)
        .dim(4096L, stride)
        .box(inner, rows)
        .swizzle(Swizzle.B128)
        .l2Promotion(l2)
        .build();
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
        TensorMap.builder(Element.U8)
            .address(ADDRESS)
            .dim(7168L)
            .dim(8L, 7168L)
            .box(box)
            .swizzle(Swizzle.B128)
            .build();
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
            TensorMap.builder(Element.BF16)
                .address(ADDRESS)
                .dim(64L)
                .dim(rows, 128L)
                .box(64, 8)
                .swizzle(Swizzle.B128)
                .build());
  }

  @ParameterizedTest
  @CsvSource({
    "B128, 64, true", "B128, 72, false", "B64, 32, true", "B64, 40, false", "B32, 16, true",
    "B32, 24, false", "NONE, 256, true", "NONE, 12, false", "B128, 4, false", "B128, 8, true"
  })
  void constructor_innerBox_mustFitTheSwizzle(Swizzle swizzle, int inner, boolean legal) {
    Runnable maker =
        () ->
            TensorMap.builder(Element.BF16)
                .address(ADDRESS)
                .dim(4096L)
                .dim(16L, 8192L)
                .box(inner, 8)
                .swizzle(swizzle)
                .build();
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
        () -> TensorMap.builder(Element.U8).address(ADDRESS).dim(16).dim(16).box(16, 16).build());
    assertProblems(
        List.of("DG-TMA-01"), () -> TensorMap.builder(Element.U8).address(ADDRESS).build());
    assertProblems(
        List.of("DG-TMA-01"),
        () -> TensorMap.builder(Element.U8).address(ADDRESS).dim(16).dim(16, 16).box(16).build());
  }

  @Test
  void toBuilder_changesWhatIsSaid() {
    TensorMap map = map(ADDRESS, 7168, 128, 256, 256);
    List<TensorMap> others =
        List.of(
            map.at(ADDRESS + 16),
            map.toBuilder().dims(List.of(7168L, 4095L)).build(),
            map.toBuilder().strides(List.of(7184L)).build(),
            map.toBuilder().box(128, 255).build(),
            map.toBuilder().box(64, 256).swizzle(Swizzle.B64).build(),
            map.toBuilder().box(16, 256).swizzle(Swizzle.NONE).build(),
            map.toBuilder().l2Promotion(128).build(),
            TensorMap.builder(Element.BF16)
                .address(ADDRESS)
                .dim(7168)
                .dim(4096, 7168)
                .box(64, 256)
                .swizzle(Swizzle.B128)
                .l2Promotion(256)
                .build());
    assertEquals(map, map.toBuilder().build());
    assertEquals(map.hashCode(), map.toBuilder().build().hashCode());
    for (TensorMap other : others) {
      assertNotEquals(map, other);
      assertNotEquals(map.hashCode(), other.hashCode(), other::toString);
    }
    assertEquals(map, others.get(0).at(ADDRESS));
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
