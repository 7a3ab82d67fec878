package dev.deepgemm.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import java.util.List;
import org.junit.jupiter.api.Test;

class GemmDataTest {
  @Test
  void random_sameSeedSameBytes() {
    GemmDesc desc = GemmDesc.fp8(100, 200, 300);
    GemmData one = GemmData.random(desc, 1);
    GemmData again = GemmData.random(desc, 1);
    GemmData other = GemmData.random(desc, 2);
    assertTrue(one.a().sameElements(again.a()));
    assertTrue(one.scalesA().sameElements(again.scalesA()));
    assertFalse(one.a().sameElements(other.a()));
    assertFalse(one.b().sameElements(other.b()));
  }

  @Test
  void random_fp8FillsItsRangeAndScalesDiffer() {
    GemmData data = GemmData.random(GemmDesc.fp8(64, 256, 1024), 1);
    double sum = 0;
    float largest = 0;
    double[] row = new double[1024];
    for (int i = 0; i < 64; i++) {
      data.a().decodeRow(i, row);
      for (double value : row) {
        sum += value;
        largest = Math.max(largest, (float) Math.abs(value));
      }
    }
    assertTrue(largest > 400 && largest <= 448, "largest " + largest);
    assertTrue(Math.abs(sum / (64 * 1024)) < 5, "mean " + sum / (64 * 1024));
    float low = Float.MAX_VALUE;
    float high = 0;
    for (int i = 0; i < 64; i++) {
      low = Math.min(low, data.scalesA().get(3, i));
      high = Math.max(high, data.scalesA().get(3, i));
    }
    assertTrue(high / low > 10, low + " to " + high);
  }

  @Test
  void random_layoutsFitTheOperands() {
    GemmData data = GemmData.random(GemmDesc.fp8(65, 129, 257), 1);
    assertEquals(3, data.scalesA().rows());
    assertEquals(65, data.scalesA().cols());
    assertEquals(68, data.scalesA().stride());
    assertEquals(2, data.scalesB().rows());
    assertEquals(3, data.scalesB().cols());
  }

  @Test
  void random_otherKindsAreRefused() {
    GemmDesc grouped =
        GemmDesc.of(Signature.BF16.withKind(GemmKind.BATCHED), new Shape.Batched(2, 8, 8, 8));
    assertThrows(IllegalArgumentException.class, () -> GemmData.random(grouped, 1));
  }

  @Test
  void poisoned_untouchedIsReported() {
    for (DataType type : List.of(DataType.BF16, DataType.FP32)) {
      HostMatrix guarded = GemmOutput.poisoned(type, 3, 5);
      assertEquals(1, GemmOutput.problems(guarded).size());
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 5; j++) {
          assertTrue(Float.isNaN(guarded.get(i, j)));
          guarded.set(i, j, i + j);
        }
      }
      assertEquals(List.of(), GemmOutput.problems(guarded));
      assertEquals(3, GemmOutput.unguarded(guarded).rows());
      guarded.set(3, 0, 1f);
      assertEquals(List.of("1 elements outside D were written"), GemmOutput.problems(guarded));
    }
  }
}
