package dev.deepgemm.emulator.internal.numbers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against definitions, not against the code's own tricks. */
class FormatsTest {
  @Test
  void e4m3_decodesByDefinition() {
    for (int bits = 0; bits < 256; bits++) {
      int exponent = bits >> 3 & 15;
      int fraction = bits & 7;
      double magnitude =
          exponent == 0
              ? fraction / 8.0 * Math.pow(2, -6)
              : (1 + fraction / 8.0) * Math.pow(2, exponent - 7);
      float found = Formats.fromE4m3(bits);
      if ((bits & 0x7f) == 0x7f) {
        assertTrue(Float.isNaN(found));
      } else {
        assertEquals((float) (bits >= 128 ? -magnitude : magnitude), found, "bits " + bits);
      }
    }
  }

  @Test
  void e4m3_encodesToTheNearest() {
    Random random = new Random(2);
    for (int i = 0; i < 10_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(24) - 14));
      double found = Formats.fromE4m3(Formats.toE4m3(value));
      double target = Math.max(-448, Math.min(448, value));
      for (int bits = 0; bits < 256; bits++) {
        float other = Formats.fromE4m3(bits);
        if (!Float.isNaN(other)) {
          assertTrue(Math.abs(found - target) <= Math.abs(other - target), value + " -> " + found);
        }
      }
    }
  }

  @Test
  void f16_roundTrips() {
    for (int bits = 0; bits < 65536; bits++) {
      float value = Formats.fromF16(bits);
      if (!Float.isNaN(value)) {
        assertEquals(bits, Formats.toF16(value));
      }
    }
  }

  @Test
  void bf16_roundsToNearestEven() {
    assertEquals(0x3f80, Formats.toBf16(Float.intBitsToFloat(0x3f808000)));
    assertEquals(0x3f82, Formats.toBf16(Float.intBitsToFloat(0x3f818000)));
    assertEquals(0x3f81, Formats.toBf16(Float.intBitsToFloat(0x3f808001)));
    assertEquals(0x7f80, Formats.toBf16(Float.MAX_VALUE));
    assertEquals(0x3f80, Formats.toBf16TowardsZero(Float.intBitsToFloat(0x3f80ffff)));
  }

  @Test
  void sticky_keepsWhichSideOfATie() {
    double above = 1 + 0x1p-8 + 0x1p-40; // a little more than half a bf16 step above 1
    assertEquals(0x3f80, Formats.toBf16((float) above), "two roundings fall on the tie");
    assertEquals(0x3f81, Formats.toBf16(Formats.sticky(above)));
  }
}
