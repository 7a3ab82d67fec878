package dev.deepgemm.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Float8Test {
  @ParameterizedTest
  @CsvSource({
    "0x00, 0",
    "0x01, 0.001953125",
    "0x07, 0.013671875",
    "0x08, 0.015625",
    "0x38, 1",
    "0x39, 1.125",
    "0x7E, 448",
    "0xFE, -448",
    "0xB8, -1",
  })
  void decode_knownCode(String code, float value) {
    assertEquals(value, Float8.decode((byte) (int) Integer.decode(code)));
  }

  @Test
  void decode_bothNans() {
    assertTrue(Float.isNaN(Float8.decode((byte) 0x7F)));
    assertTrue(Float.isNaN(Float8.decode((byte) 0xFF)));
  }

  @Test
  void encode_everyCodeSurvives() {
    for (int code = 0; code < 256; code++) {
      if ((code & 0x7F) != 0x7F) {
        assertEquals((byte) code, Float8.encode(Float8.decode((byte) code)), "code " + code);
      }
    }
    assertEquals(Float8.NAN, Float8.encode(Float.NaN));
  }

  @ParameterizedTest
  @CsvSource({
    "1.0625, 0x38", // halfway between 1 and 1.125: even
    "1.1875, 0x3A", // halfway between 1.125 and 1.25: even
    "0.0009765625, 0x00", // half the smallest subnormal: even
    "0.00146484375, 0x01",
    "0.0146484375, 0x08", // halfway between the largest subnormal and the smallest normal
    "500, 0x7E",
    "Infinity, 0x7E",
    "-Infinity, 0xFE",
  })
  void encode_tiesAndEdges(float value, String code) {
    assertEquals((byte) (int) Integer.decode(code), Float8.encode(value));
  }

  @Test
  void encode_isNearest() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(20) - 12));
      float got = Float8.decode(Float8.encode(value));
      float best = Float.MAX_VALUE;
      for (float candidate : Float8.table()) {
        if (Math.abs(candidate - value) < Math.abs(best - value)) {
          best = candidate;
        }
      }
      assertEquals(Math.abs(best - value), Math.abs(got - value), "value " + value);
    }
  }
}
