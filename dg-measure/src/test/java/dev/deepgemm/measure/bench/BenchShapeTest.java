package dev.deepgemm.measure.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchShapeTest {
  @Test
  void baseline_hasSixProductsForEachNumberOfRows() {
    List<BenchShape> shapes = BenchShape.baseline();
    assertEquals(42, new HashSet<>(shapes).size());
    for (int m : new int[] {1, 16, 64, 128, 512, 4096, 8192}) {
      assertEquals(6, shapes.stream().filter(shape -> shape.m() == m).count(), "m " + m);
    }
    assertTrue(shapes.contains(new BenchShape(8192, 32768, 512)));
  }

  @Test
  void shapes_thatAreNone_areAllTold() {
    List<Problem> problems = new ArrayList<>();
    List<BenchShape> shapes =
        BenchShape.parse(
            List.of("1x2x3", "1x2", "1x2x3x4", "0x2x3", "ax2x3", "", " 4x5x6 "), problems);
    assertEquals(List.of(new BenchShape(1, 2, 3), new BenchShape(4, 5, 6)), shapes);
    assertEquals(5, problems.size());
    assertTrue(problems.stream().allMatch(problem -> problem.id().equals("DG-BENCH-04")));
  }

  @Test
  void floor_isTheLargerOfBytesAndOperations() {
    Ceilings ceilings = new Ceilings(3.0e12, 1500e12, 750e12);
    // The baseline's own column; it leaves the scales out of the bytes.
    BenchCase small = new BenchCase(BenchKind.FP8, new BenchShape(1, 2112, 7168));
    assertEquals(5.05, ceilings.floorMicros(small), 0.01);
    BenchCase large = new BenchCase(BenchKind.FP8, new BenchShape(8192, 7168, 16384));
    assertEquals(1282.76, ceilings.floorMicros(large), 0.01);
    BenchCase wide = new BenchCase(BenchKind.BF16, large.shape());
    assertEquals(2 * 1282.76, ceilings.floorMicros(wide), 0.01);
    assertEquals(
        4.0 * 8192 * 7168 - 2.0 * 8192 * 7168,
        new BenchCase(BenchKind.BF16_FP32, large.shape()).bytes() - wide.bytes());
  }

  /** C is read as well, and a scheme with a scale per row has more of them. */
  @Test
  void bytes_ofAccumulatedProducts_countC_andOfRowScales_allOfThem() {
    BenchShape shape = new BenchShape(2112, 7168, 4000);
    double inputs = (2112 + 7168) * 4000.0 + (2112 + 7168) * 32.0 * 4;
    double d = 2112 * 7168 * 4.0;
    assertEquals(inputs + 2 * d, new BenchCase(kind("fp8-1d1d"), shape).bytes());
    assertEquals(inputs + d, new BenchCase(kind("fp8-1d1d-noacc"), shape).bytes());
    assertEquals(
        new BenchCase(BenchKind.BF16, shape).bytes() + 2112 * 7168 * 2.0,
        new BenchCase(kind("bf16-tn-acc"), shape).bytes());
  }

  private static BenchKind kind(String word) {
    return BenchKind.all().stream()
        .filter(kind -> kind.word().equals(word))
        .findFirst()
        .orElseThrow();
  }
}
