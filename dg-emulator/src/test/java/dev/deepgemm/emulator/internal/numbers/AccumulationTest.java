package dev.deepgemm.emulator.internal.numbers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AccumulationTest {
  private static float one(Accumulation model, float start, float... products) {
    return one(model, ElementType.E4M3, start, products);
  }

  private static float one(Accumulation model, ElementType type, float start, float... products) {
    float[] sum = {start};
    float[] ones = new float[32];
    float[] values = new float[32];
    java.util.Arrays.fill(ones, 1);
    System.arraycopy(products, 0, values, 0, products.length);
    model.multiply(sum, values, ones, 1, 1, 32, type);
    return sum[0];
  }

  @Test
  void roundedOnce_roundsOnce() {
    assertEquals(1 + 0x1p-23f, one(Accumulation.ROUNDED_ONCE, 1, 0x1p-24f, 0x1p-24f));
    assertEquals(1f, one(Accumulation.ROUNDED_ONCE, 1, 0x1p-24f));
  }

  @Test
  void cut_cutsProductsOfFp8_belowThirteenBits() {
    Accumulation model = Accumulation.ALIGNED_AND_CUT;
    assertEquals(1 + 0x1p-13f, one(model, 1, 0x1p-13f));
    assertEquals(1f, one(model, 1, 0x1p-14f));
    assertEquals(1f, one(model, 1, 0x1p-14f, 0x1p-14f), "each product is cut on its own");
    assertEquals(-1f, one(model, -1, -0x1p-14f), "cut towards zero");
    assertEquals(0x1p-14f, one(model, 0, 0x1p-14f), "aligned to the largest, wherever it is");
  }

  @Test
  void cut_cutsSumsOfFp8_toThirteenBits() {
    float carried = one(Accumulation.ALIGNED_AND_CUT, 1, 1, 0x1p-13f);
    assertEquals(2f, carried, "2 + 2^-13 has a bit too many");
    assertEquals(2 + 0x1p-12f, one(Accumulation.ALIGNED_AND_CUT, 1, 1, 0x1p-13f, 0x1p-13f));
  }

  @Test
  void cut_takesTheExponentOfAProduct_fromItsFactors() {
    float[] sum = {0};
    float[] a = {1.5f, 0x1p-6f};
    float[] b = {1.5f, 0x1p-7f};
    Accumulation.ALIGNED_AND_CUT.multiply(sum, a, b, 1, 1, 2, ElementType.E4M3);
    assertEquals(2.25f, sum[0], "2.25 + 2^-13, cut to 13 bits as a sum");
    float[] minus = {-1};
    Accumulation.ALIGNED_AND_CUT.multiply(minus, a, b, 1, 1, 2, ElementType.E4M3);
    assertEquals(
        1.25f + 0x1p-13f, minus[0], "2^-13 was not cut by an exponent of 1, which 2.25 has");
  }

  @Test
  void cut_keepsTwentyFiveBits_ofSixteenBitTypes_andTwentyThreeOfTheirSum() {
    for (ElementType type : new ElementType[] {ElementType.BF16, ElementType.F16}) {
      Accumulation model = Accumulation.ALIGNED_AND_CUT;
      float half = 0x1p-24f;
      assertEquals(1f, one(model, type, 1, half), "cut, not rounded up or to even");
      assertEquals(1 + 0x1p-23f, one(model, type, 1, half, half), "two of them are a bit");
      assertEquals(1 + 0x1p-23f, one(model, type, 1, half, half / 2, half / 2));
      assertEquals(1f, one(model, type, 1, half, half / 4, half / 4, half / 4, half / 4));
      assertEquals(-1 - 0x1p-23f, one(model, type, -1, -half, -half, -half), "towards zero");
    }
  }

  @Test
  void cut_reachesTheEndsOfBinary32() {
    Accumulation model = Accumulation.ALIGNED_AND_CUT;
    ElementType type = ElementType.BF16;
    assertEquals(0f, one(model, type, 0));
    assertEquals(0x1p-140f, one(model, type, 0x1p-141f, 0x1p-141f), "subnormal");
    float huge = 0x1p127f;
    assertEquals(Float.POSITIVE_INFINITY, one(model, type, huge, huge));
    assertEquals(huge, one(model, type, huge, huge, -huge));
    assertEquals(
        Float.NEGATIVE_INFINITY, one(model, type, huge, Float.NEGATIVE_INFINITY), "an operand");
    assertTrue(Float.isNaN(one(model, type, 0, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY)));
  }

  @Test
  void nan_spreads() {
    for (Accumulation model : Accumulation.values()) {
      assertTrue(Float.isNaN(one(model, 1, Float.NaN)));
      assertTrue(Float.isNaN(one(model, Float.NaN, 1)));
    }
  }

  @Test
  void models_agreeWithinTheirPrecision() {
    Random random = new Random(8);
    float[] products = new float[32];
    for (int i = 0; i < 1000; i++) {
      float largest = 0;
      for (int x = 0; x < products.length; x++) {
        products[x] = Formats.fromE4m3(random.nextInt(127)) * (random.nextBoolean() ? 1 : -1);
        largest = Math.max(largest, Math.abs(products[x]));
      }
      double exact = one(Accumulation.ROUNDED_ONCE, 0, products);
      double cut = one(Accumulation.ALIGNED_AND_CUT, 0, products);
      assertTrue(Math.abs(exact - cut) <= 33 * largest * 0x1p-13);
    }
  }
}
