package dev.deepgemm.jit.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.deepgemm.api.PtxModule;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assembler;
import java.util.List;
import org.junit.jupiter.api.Test;

class CacheKeyTest {
  private final Assembler assembler = new FakeAssembler();
  private final CacheKey key = CacheKey.of(TestModules.fill(), assembler);

  private static CacheKey key(String text, String target) {
    return CacheKey.of(new PtxModule(text, "e", target, 64, 1, List.of()), new FakeAssembler());
  }

  @Test
  void key_isTheSame_forTheSameInput() {
    assertEquals(key, CacheKey.of(TestModules.fill(), new FakeAssembler()));
    assertEquals(64, key.hex().length());
  }

  /** A key that drifts between releases throws every user's cache away: this one is written down. */
  @Test
  void key_isWrittenDown_forOneModule() {
    assertEquals(
        "14c97087ba97cb231ac9546baecc52adf6b4cadd6a05b279d47da15ad984b98e",
        key("// text", "sm_90a").hex());
  }

  @Test
  void key_changes_withWhateverDecidesTheBytes() {
    PtxModule module = TestModules.fill();
    PtxModule text =
        new PtxModule(module.text() + " ", module.entry(), module.target(), 64, 1, List.of());
    PtxModule target = new PtxModule(module.text(), module.entry(), "sm_90", 64, 1, List.of());
    assertNotEquals(key, CacheKey.of(text, assembler));
    assertNotEquals(key, CacheKey.of(target, assembler));
    assertNotEquals(key, CacheKey.of(module, new FakeAssembler("other", "1.0", m -> null)));
    assertNotEquals(key, CacheKey.of(module, new FakeAssembler("fake", "1.1", m -> null)));
  }

  @Test
  void key_ignores_whereTheTextWasEmitted() {
    PtxModule module = TestModules.fill();
    PtxModule moved =
        new PtxModule(
            module.text(), module.entry(), module.target(), 64, 1, List.of("Other.java:7"));
    assertEquals(key, CacheKey.of(moved, assembler));
  }

  @Test
  void key_parts_doNotRunIntoEachOther() {
    assertNotEquals(key("ab", "c"), key("a", "bc"));
  }
}
