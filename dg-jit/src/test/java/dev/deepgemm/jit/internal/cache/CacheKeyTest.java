package dev.deepgemm.jit.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assembler;
import java.util.List;
import org.junit.jupiter.api.Test;

class CacheKeyTest {
  private final Assembler assembler = new FakeAssembler();
  private final CacheKey key = CacheKey.of(TestModules.fill(), assembler);

  private static CacheKey key(String text, String target) {
    return CacheKey.of(
        PtxModule.builder("e", target).text(text).threads(64).build(), new FakeAssembler());
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
        PtxModule.builder(module.entry(), module.target())
            .text(module.text() + " ")
            .threads(64)
            .build();
    PtxModule target =
        PtxModule.builder(module.entry(), "sm_90").text(module.text()).threads(64).build();
    assertNotEquals(key, CacheKey.of(text, assembler));
    assertNotEquals(key, CacheKey.of(target, assembler));
    assertNotEquals(key, CacheKey.of(module, new FakeAssembler("other", "1.0", m -> null)));
    assertNotEquals(key, CacheKey.of(module, new FakeAssembler("fake", "1.1", m -> null)));
  }

  @Test
  void key_ignores_whereTheTextWasEmitted() {
    PtxModule module = TestModules.fill();
    PtxModule moved =
        module.toBuilder().threads(64).cluster(1).origins(List.of("Other.java:7")).build();
    assertEquals(key, CacheKey.of(moved, assembler));
  }

  @Test
  void key_parts_doNotRunIntoEachOther() {
    assertNotEquals(key("ab", "c"), key("a", "bc"));
  }
}
