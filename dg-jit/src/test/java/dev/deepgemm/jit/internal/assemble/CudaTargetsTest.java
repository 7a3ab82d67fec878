package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaTargetsTest {
  @ParameterizedTest
  @CsvSource({
    "12, 0, sm_90a, true",
    "12, 0, sm_80, true",
    "12, 7, sm_100a, false",
    "12, 8, sm_100a, true",
    "12, 9, sm_100f, true",
    "13, 0, sm_120a, true",
    "13, 4, sm_999a, false",
    "13, 4, compute_90, false",
    "13, 4, '', false",
    "11, 8, sm_90a, false",
  })
  void target_isKnown_fromItsReleaseOn(int major, int minor, String target, boolean known) {
    assertEquals(known, CudaTargets.known(major, minor, target));
  }
}
