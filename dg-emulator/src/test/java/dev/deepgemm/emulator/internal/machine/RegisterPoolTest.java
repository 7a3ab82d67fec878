package dev.deepgemm.emulator.internal.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RegisterPoolTest {
  @Test
  void ctas_thatShareAnSm_shareItsRegisters() {
    assertEquals(168, new RegisterPool(384, 1).perThread());
    RegisterPool half = new RegisterPool(384, 2);
    assertEquals(80, half.perThread());
    // 32,768 less 384 x 80.
    assertFalse(half.take(2_049));
    assertTrue(half.take(2_048));
    assertFalse(half.take(1));
    half.give(8);
    assertTrue(half.take(8));
    assertEquals("0 of 32,768 registers free", half.toString());
  }
}
