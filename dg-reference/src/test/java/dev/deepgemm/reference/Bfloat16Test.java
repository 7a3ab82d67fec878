package dev.deepgemm.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class Bfloat16Test {
  @Test
  void encode_everyCodeSurvives() {
    for (int code = 0; code < 1 << 16; code++) {
      float value = Bfloat16.decode((short) code);
      if (Float.isNaN(value)) {
        assertTrue(Float.isNaN(Bfloat16.round(value)), "code " + code);
      } else {
        assertEquals((short) code, Bfloat16.encode(value), "code " + code);
      }
    }
  }

  @Test
  void encode_tiesGoToEven() {
    assertEquals(1f, Bfloat16.round(1 + 0x1p-8f));
    assertEquals(1 + 0x1p-6f, Bfloat16.round(1 + 0x1p-7f + 0x1p-8f));
    assertEquals(1 + 0x1p-7f, Bfloat16.round(1 + 0x1p-8f + 0x1p-20f));
  }

  @Test
  void halfUlp_isTheLargestRelativeChange() {
    double largest = 0;
    for (int i = 0; i < 1 << 16; i++) {
      float value = 1 + i * 0x1p-16f;
      largest = Math.max(largest, Math.abs(Bfloat16.round(value) - value) / value);
    }
    assertTrue(largest <= Bfloat16.HALF_ULP && largest > 0.99 * Bfloat16.HALF_ULP, "" + largest);
  }

  @Test
  void encode_overflowIsInfinite() {
    assertEquals(Float.POSITIVE_INFINITY, Bfloat16.round(Float.MAX_VALUE));
  }

  @Test
  void encode_nanWithLowPayloadStaysNan() {
    assertTrue(Float.isNaN(Bfloat16.round(Float.intBitsToFloat(0x7F800001))));
  }
}
