package dev.deepgemm.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GemmReferenceTest {
  private static final Signature FP8_1D1D =
      Signature.FP8.withScaling(ScaleScheme.FP32_1D1D).withOutput(DataType.FP32);

  private static GemmDesc dense(Signature signature, int m, int n, int k) {
    return GemmDesc.of(signature, new Shape.Dense(m, n, k));
  }

  static List<GemmDesc> accumulating() {
    return List.of(
        dense(Signature.BF16.withAccumulate(true), 33, 20, 65),
        dense(Signature.BF16.withOutput(DataType.FP32).withAccumulate(true), 9, 70, 40),
        dense(Signature.FP8.withAccumulate(true), 30, 150, 300),
        dense(FP8_1D1D.withAccumulate(true), 70, 150, 300));
  }

  static List<GemmDesc> problems() {
    List<GemmDesc> all = new ArrayList<>(accumulating());
    all.addAll(plain());
    for (Major a : Major.values()) {
      for (Major b : Major.values()) {
        all.add(dense(Signature.BF16.withMajors(a, b), 33, 21, 65));
      }
    }
    all.add(
        dense(
            Signature.BF16
                .withOutput(DataType.FP32)
                .withMajors(Major.MN, Major.MN)
                .withAccumulate(true),
            35,
            20,
            130));
    return all;
  }

  private static List<GemmDesc> plain() {
    return List.of(
        dense(FP8_1D1D, 70, 150, 300),
        GemmDesc.fp8(70, 150, 300),
        GemmDesc.fp8(1, 7, 128),
        GemmDesc.bf16(33, 20, 65, DataType.BF16),
        GemmDesc.bf16(130, 9, 1, DataType.FP32));
  }

  /** The definition, with no cleverness. */
  private static double element(GemmDesc desc, GemmData data, int i, int j) {
    HostMatrix c = data.c();
    double sum = c == null ? 0 : c.get(i, j);
    for (int kk = 0; kk < desc.k(); kk++) {
      double product = desc.majorA() == Major.K ? data.a().get(i, kk) : data.a().get(kk, i);
      product *= desc.majorB() == Major.K ? data.b().get(j, kk) : data.b().get(kk, j);
      if (desc.scaling().isScaled()) {
        product *= data.scalesA().get(kk / 128, i);
        product *=
            desc.scaling().equals(ScaleScheme.FP32_1D1D)
                ? data.scalesB().get(kk / 128, j)
                : data.scalesB().get(j / 128, kk / 128);
      }
      sum += product;
    }
    return sum;
  }

  private interface Element {
    double at(int i, int j);
  }

  private static HostMatrix output(GemmDesc desc, Element element) {
    HostMatrix d = HostMatrix.padded(desc.dType(), desc.m(), desc.n());
    for (int i = 0; i < desc.m(); i++) {
      for (int j = 0; j < desc.n(); j++) {
        d.set(i, j, (float) element.at(i, j));
      }
    }
    return d;
  }

  private static HostMatrix exact(GemmDesc desc, GemmData data) {
    return output(desc, (i, j) -> element(desc, data, i, j));
  }

  private static void assertWithin(boolean within, GemmDesc desc, GemmData data, HostMatrix d) {
    GemmError error = GemmReference.full(data).compare(d);
    assertEquals(within, error.within(Tolerance.of(desc)), () -> desc + ": " + error);
  }

  @ParameterizedTest
  @MethodSource("accumulating")
  void compare_productThatIsRoundedBeforeItIsAdded_isWithinTheTolerance(GemmDesc desc) {
    GemmData data = GemmData.random(desc, 8);
    HostMatrix c = data.c();
    HostMatrix product = output(desc, (i, j) -> element(desc, data, i, j) - c.get(i, j));
    assertWithin(
        true, desc, data, output(desc, (i, j) -> c.get(i, j) + (double) product.get(i, j)));
  }

  @ParameterizedTest
  @MethodSource("accumulating")
  void compare_addedToNothingOrTwice_isFound(GemmDesc desc) {
    GemmData data = GemmData.random(desc, 9);
    HostMatrix c = data.c();
    assertWithin(
        false, desc, data, output(desc, (i, j) -> element(desc, data, i, j) - c.get(i, j)));
    assertWithin(
        false, desc, data, output(desc, (i, j) -> 2 * element(desc, data, i, j) - c.get(i, j)));
    assertWithin(false, desc, data, c);
  }

  @ParameterizedTest
  @MethodSource("problems")
  void full_isTheDefinition(GemmDesc desc) {
    GemmData data = GemmData.random(desc, 3);
    GemmReference reference = GemmReference.full(data);
    for (int i = 0; i < desc.m(); i++) {
      for (int j = 0; j < desc.n(); j++) {
        double want = element(desc, data, i, j);
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
  void compare_scaleOfTheNeighbouringColumnIsFound() {
    GemmDesc desc = dense(FP8_1D1D, 64, 96, 256);
    GemmData data = GemmData.random(desc, 7);
    HostMatrix d = exact(desc, data);
    HostMatrix scales = data.scalesB();
    scales.set(1, 5, scales.get(1, 6));
    GemmError error = GemmReference.full(data).compare(d);
    assertFalse(error.within(Tolerance.of(desc)), error::toString);
    assertEquals(5, error.worstCol());
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
