package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ShapeTest {
  private static InvalidGemmException refused(Runnable maker) {
    return assertThrows(InvalidGemmException.class, maker::run);
  }

  private static List<String> ids(InvalidGemmException e) {
    return e.problems().stream().map(Problem::id).toList();
  }

  @ParameterizedTest
  @EnumSource(GemmKind.class)
  void of_everythingWrong_reportsAllAtOnce(GemmKind kind) {
    InvalidGemmException e = refused(() -> Shape.of(kind, -5, 0, -1, 0));
    assertEquals(List.of("DG-DESC-01", "DG-DESC-01", "DG-DESC-01", "DG-DESC-01"), ids(e));
    assertTrue(e.getMessage().contains("m is 0"));
    assertTrue(e.getMessage().contains("n is -1"));
    assertTrue(e.getMessage().contains("k is 0"));
    assertTrue(e.getMessage().contains("groups is -5"));
  }

  @Test
  void of_normalWithGroups_pointsToBatched() {
    InvalidGemmException e = refused(() -> Shape.of(GemmKind.NORMAL, 2, 1, 1, 1));
    assertEquals(List.of("DG-DESC-03"), ids(e));
    assertTrue(e.getMessage().contains("BATCHED"), e.getMessage());
    assertEquals(2, Shape.of(GemmKind.BATCHED, 2, 1, 1, 1).groups());
  }

  @ParameterizedTest
  @EnumSource(GemmKind.class)
  void of_extents_areThoseHandedIn(GemmKind kind) {
    int groups = kind == GemmKind.NORMAL ? 1 : 4;
    Shape shape = Shape.of(kind, groups, 3, 5, 7);
    assertEquals(kind, shape.kind());
    assertEquals(groups, shape.groups());
    assertEquals(List.of(3, 5, 7), List.of(shape.m(), shape.n(), shape.k()));
    assertEquals(List.of(9, 5, 7), extents(shape.withM(9)));
    assertEquals(List.of(3, 9, 7), extents(shape.withN(9)));
    assertEquals(List.of(3, 5, 9), extents(shape.withK(9)));
    assertEquals(groups, shape.withM(9).withN(9).withK(9).groups());
    assertEquals(kind, shape.withM(9).withN(9).withK(9).kind());
  }

  private static List<Integer> extents(Shape shape) {
    return List.of(shape.m(), shape.n(), shape.k());
  }

  @ParameterizedTest
  @CsvSource({
    "NORMAL, 1, 1",
    "BATCHED, 4, 4",
    "M_GROUPED_CONTIGUOUS, 4, 1",
    "M_GROUPED_MASKED, 4, 4",
    "K_GROUPED_CONTIGUOUS, 4, 4"
  })
  void tiledGroups_countRowsOnce(GemmKind kind, int groups, int counted) {
    assertEquals(counted, Shape.of(kind, groups, 3, 5, 7).tiledGroups());
  }

  @Test
  void masked_moreRowsThanRoom_isRefused() {
    InvalidGemmException e = refused(() -> new Shape.Masked(2, 129, 128, 5, 7));
    assertEquals(List.of("DG-DESC-05"), ids(e));
    assertTrue(e.getMessage().contains("129") && e.getMessage().contains("128"), e.getMessage());
    assertEquals(128, new Shape.Masked(2, 128, 128, 5, 7).maxRows());
    assertEquals(128, new Shape.Masked(2, 1, 128, 5, 7).withM(100).maxRows());
    assertEquals(200, new Shape.Masked(2, 1, 128, 5, 7).withM(200).maxRows());
  }

  @ParameterizedTest
  @CsvSource({"100, true", "99, false", "300, true", "301, false", "0, false", "-1, false"})
  void kGrouped_totalThatGroupsCannotHave_isRefused(long total, boolean legal) {
    if (legal) {
      assertEquals(total, new Shape.KGrouped(3, 5, 7, 100, total).totalK());
    } else {
      InvalidGemmException e = refused(() -> new Shape.KGrouped(3, 5, 7, 100, total));
      assertEquals(List.of("DG-DESC-06"), ids(e));
      assertTrue(e.getMessage().contains("100 to 300"), e.getMessage());
    }
  }

  @Test
  void kGrouped_largeTotal_isALong() {
    int k = Integer.MAX_VALUE;
    assertEquals(8L * k, new Shape.KGrouped(8, 1, 1, k, 8L * k).totalK());
    assertEquals(36, new Shape.KGrouped(4, 1, 1, 5, 6).withK(9).totalK());
  }
}
