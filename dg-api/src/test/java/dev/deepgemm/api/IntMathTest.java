package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntMathTest {
  @ParameterizedTest
  @CsvSource({"1,1,1", "1,128,1", "128,128,1", "129,128,2", "2147483647,2,1073741824"})
  void cdiv_roundsUp(int a, int b, int expected) {
    assertEquals(expected, IntMath.cdiv(a, b));
  }

  @Test
  void cdiv_sumBeyondAnInt_doesNotOverflow() {
    assertEquals(1, IntMath.cdiv(Integer.MAX_VALUE, Integer.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({"1,16,16", "16,16,16", "17,16,32", "8,1,8"})
  void align_roundsUpToAMultiple(int x, int a, int expected) {
    assertEquals(expected, IntMath.align(x, a));
  }

  @Test
  void align_beyondAnInt_throws() {
    assertThrows(ArithmeticException.class, () -> IntMath.align(Integer.MAX_VALUE, 1024));
  }
}
