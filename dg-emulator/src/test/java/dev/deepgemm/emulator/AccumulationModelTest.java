package dev.deepgemm.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AccumulationModelTest {
  private static float one(AccumulationModel model, float start, float... products) {
    float[] sum = {start};
    float[] ones = new float[32];
    float[] values = new float[32];
    java.util.Arrays.fill(ones, 1);
    System.arraycopy(products, 0, values, 0, products.length);
    model.multiply(sum, values, ones, 1, 1, 32, ElementType.E4M3);
    return sum[0];
  }

  @Test
  void fp32_roundsOnce() {
    assertEquals(1 + 0x1p-23f, one(AccumulationModel.FP32, 1, 0x1p-24f, 0x1p-24f));
    assertEquals(1f, one(AccumulationModel.FP32, 1, 0x1p-24f));
  }

  @Test
  void hopperFp8_cutsBelowThirteenBits() {
    AccumulationModel model = AccumulationModel.HOPPER_FP8;
    assertEquals(1 + 0x1p-13f, one(model, 1, 0x1p-13f));
    assertEquals(1f, one(model, 1, 0x1p-14f));
    assertEquals(1f, one(model, 1, 0x1p-14f, 0x1p-14f), "each product is cut on its own");
    assertEquals(-1f, one(model, -1, -0x1p-14f), "cut towards zero");
    assertEquals(0x1p-14f, one(model, 0, 0x1p-14f), "aligned to the largest, wherever it is");
  }

  @Test
  void nan_spreads() {
    for (AccumulationModel model : AccumulationModel.values()) {
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
      double exact = one(AccumulationModel.FP32, 0, products);
      double cut = one(AccumulationModel.HOPPER_FP8, 0, products);
      assertTrue(Math.abs(exact - cut) <= 33 * largest * 0x1p-13);
    }
  }
}
