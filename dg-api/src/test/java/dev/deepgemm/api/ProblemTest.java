package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProblemTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "DG-SMEM-1", "dg-smem-01", "DG-SMEM-001", "DG--01", "SMEM-01"})
  void constructor_idOfAnotherShape_isRefused(String id) {
    assertThrows(IllegalArgumentException.class, () -> new Problem(id, "text"));
  }

  @Test
  void of_noArguments_takesTheTextAsItIs() {
    assertEquals("100% sure", Problem.of("DG-TEST-01", "100% sure").message());
  }

  @Test
  void of_numbers_readAlikeInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertEquals("1,024 B", Problem.of("DG-TEST-01", "%,d B", 1024).message());
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void exception_severalProblems_carriesAllInOrder() {
    Problem first = Problem.of("DG-TEST-01", "one");
    Problem second = Problem.of("DG-TEST-02", "two");
    InvalidGemmException e = new InvalidGemmException(List.of(first, second));
    assertEquals(List.of(first, second), e.problems());
    assertEquals("DG-TEST-01: one\nDG-TEST-02: two", e.getMessage());
  }

  @Test
  void exception_noProblem_isAMistake() {
    assertThrows(IllegalArgumentException.class, () -> new InvalidGemmException(List.of()));
    InvalidGemmException.throwIfAny(List.of());
  }
}
