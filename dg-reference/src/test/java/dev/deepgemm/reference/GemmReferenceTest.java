package dev.deepgemm.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GemmReferenceTest {
  static List<GemmDesc> problems() {
    return List.of(
        GemmDesc.fp8(70, 150, 300),
        GemmDesc.fp8(1, 7, 128),
        GemmDesc.bf16(33, 20, 65, DataType.BF16),
        GemmDesc.bf16(130, 9, 1, DataType.FP32));
  }

  /** The definition, with no cleverness. */
  private static double element(GemmData data, int i, int j) {
    double sum = 0;
    for (int kk = 0; kk < data.k(); kk++) {
      double product = (double) data.a().get(i, kk) * data.b().get(j, kk);
      if (data.scalesA() != null && data.scalesB() != null) {
        product *= data.scalesA().get(kk / 128, i);
        product *= data.scalesB().get(j / 128, kk / 128);
      }
      sum += product;
    }
    return sum;
  }

  private static HostMatrix exact(GemmDesc desc, GemmData data) {
    HostMatrix d = HostMatrix.padded(desc.dType(), desc.m(), desc.n());
    for (int i = 0; i < desc.m(); i++) {
      for (int j = 0; j < desc.n(); j++) {
        d.set(i, j, (float) element(data, i, j));
      }
    }
    return d;
  }

  @ParameterizedTest
  @MethodSource("problems")
  void full_isTheDefinition(GemmDesc desc) {
    GemmData data = GemmData.random(desc, 3);
    GemmReference reference = GemmReference.full(data);
    for (int i = 0; i < desc.m(); i++) {
      for (int j = 0; j < desc.n(); j++) {
        double want = element(data, i, j);
        assertEquals(want, reference.get(i, j), 1e-12 * (1 + Math.abs(want)));
      }
    }
    assertEquals((long) desc.m() * desc.n(), reference.elements());
  }

  @ParameterizedTest
  @MethodSource("problems")
  void compare_exactProductIsWithinHalfTheTolerance(GemmDesc desc) {
    GemmData data = GemmData.random(desc, 4);
    HostMatrix d = exact(desc, data);
    Tolerance tolerance = Tolerance.of(desc);
    for (GemmReference reference :
        List.of(GemmReference.full(data), GemmReference.sampled(data, 5, 1))) {
      GemmError error = reference.compare(d);
      assertTrue(error.within(tolerance), error::toString);
      assertTrue(error.relative() <= Math.max(2e-3, tolerance.relative() / 2), error::toString);
    }
  }

  @ParameterizedTest
  @MethodSource("problems")
  void compare_oneWrongElementIsFound(GemmDesc desc) {
    GemmData data = GemmData.random(desc, 5);
    HostMatrix d = exact(desc, data);
    int row = desc.m() / 2;
    int col = desc.n() - 1; // the last column is always sampled
    d.set(row, col, d.get(row, col) * 1.5f);
    GemmError error = GemmReference.sampled(data, 4, 2).compare(d);
    assertFalse(error.within(Tolerance.of(desc)), error::toString);
    assertEquals(row, error.worstRow());
    assertEquals(col, error.worstCol());
  }

  @Test
  void compare_nanIsNeverWithin() {
    GemmDesc desc = GemmDesc.fp8(16, 16, 128);
    GemmData data = GemmData.random(desc, 6);
    HostMatrix d = exact(desc, data);
    d.set(0, 0, Float.NaN);
    assertFalse(GemmReference.full(data).compare(d).within(Tolerance.of(desc)));
  }

  @Test
  void compare_scalesInTheWrongPlaceAreFound() {
    GemmDesc desc = GemmDesc.fp8(64, 256, 512);
    GemmData data = GemmData.random(desc, 7);
    HostMatrix d = exact(desc, data);
    HostMatrix sfa = data.scalesA();
    float kept = sfa.get(1, 3);
    sfa.set(1, 3, sfa.get(2, 3));
    sfa.set(2, 3, kept);
    GemmError error = GemmReference.full(data).compare(d);
    assertFalse(error.within(Tolerance.of(desc)), error::toString);
    assertEquals(3, error.worstRow());
  }
}
