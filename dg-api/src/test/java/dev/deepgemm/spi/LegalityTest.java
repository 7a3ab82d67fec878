package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LegalityTest {
  @Test
  void legal_hasNoReason() {
    assertTrue(Legality.legal().isLegal());
    assertEquals("", Legality.legal().reason());
    assertEquals(Legality.legal(), Legality.of(true, "unused"));
  }

  @Test
  void illegal_saysWhy() {
    Legality illegal = Legality.illegal("block_n %d; at most %,d", 256, 1024);
    assertFalse(illegal.isLegal());
    assertEquals("block_n 256; at most 1,024", illegal.reason());
    assertEquals("100% wrong", Legality.illegal("100% wrong").reason());
    assertEquals("no", Legality.of(false, "no").reason());
  }

  @Test
  void illegal_sameReason_isEqual() {
    assertEquals(Legality.illegal("n %d", 1), Legality.illegal("%s 1", "n"));
    assertEquals(Legality.illegal("n %d", 1).hashCode(), Legality.illegal("%s 1", "n").hashCode());
    assertNotEquals(Legality.illegal("n 1"), Legality.illegal("n 2"));
    assertNotEquals(Legality.illegal(""), Legality.legal());
  }

  /** Selectors ask far more often than they read. */
  @Test
  void illegal_isWrittenOnlyWhenRead() {
    Object unprintable =
        new Object() {
          @Override
          public String toString() {
            throw new IllegalStateException("written");
          }
        };
    Legality illegal = Legality.illegal("%s", unprintable);
    assertFalse(illegal.isLegal());
    assertThrows(IllegalStateException.class, illegal::reason);
  }

  @Test
  void illegal_argumentsThatChangeLater_areCopied() {
    Object[] args = {1};
    Legality illegal = Legality.illegal("n %d", args);
    args[0] = 2;
    assertEquals("n 1", illegal.reason());
  }
}
