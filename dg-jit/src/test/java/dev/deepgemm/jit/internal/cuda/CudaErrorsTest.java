package dev.deepgemm.jit.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CudaErrorsTest {
  @Test
  void missingDriver_endsInLetteredRemedies() {
    String message = CudaErrors.noDriver(new UnsatisfiedLinkError("first\nsecond")).getMessage();
    assertTrue(message.contains("libcuda.so.1 cannot be loaded (first)"), message);
    for (String letter : new String[] {"(a)", "(b)", "(c)", "(d)"}) {
      assertTrue(message.contains(letter), letter);
    }
  }
}
