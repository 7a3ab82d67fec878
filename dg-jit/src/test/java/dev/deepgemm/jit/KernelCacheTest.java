package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.FaultyFiles;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheFiles;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.kernel.CacheEntry;
import dev.deepgemm.jit.kernel.JitException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCacheTest {
  @TempDir Path folder;

  private final FakeAssembler assembler = new FakeAssembler();
  private KernelCache cache;

  @BeforeEach
  void fill() {
    cache = KernelCache.of(folder, new CacheFiles());
    KernelCompiler compiler =
        new KernelCompiler(new Assemblers(List.of(assembler), "auto"), new CubinCache(folder));
    List.of("one", "two", "three").forEach(k -> compiler.compile(TestModules.named(k)));
  }

  private Path file(String kernel, String suffix) {
    return folder.resolve(CacheKey.of(TestModules.named(kernel), assembler) + suffix);
  }

  private void lastUsed(String kernel, int days) throws IOException {
    Files.setLastModifiedTime(
        file(kernel, ".manifest"), FileTime.from(Instant.now().minus(Duration.ofDays(days))));
  }

  @Test
  void entries_tellWhatTheManifestsSay_lastUsedFirst() throws IOException {
    lastUsed("one", 2);
    lastUsed("two", 1);
    List<CacheEntry> entries = cache.entries();
    assertEquals(List.of("three", "two", "one"), entries.stream().map(CacheEntry::kernel).toList());
    CacheEntry one = entries.get(2);
    assertEquals("sm_90a", one.target());
    assertEquals("fake 1.0", one.assembler());
    assertEquals(168, one.usage().orElseThrow().registers());
    assertEquals(
        Files.size(file("one", ".cubin")) + Files.size(file("one", ".manifest")), one.bytes());
  }

  @Test
  void verify_findsWhatNoProcessWouldUse() throws IOException {
    byte[] bytes = Files.readAllBytes(file("two", ".cubin"));
    bytes[3] ^= 4;
    Files.write(file("two", ".cubin"), bytes);
    Files.writeString(file("three", ".manifest"), "rubbish");
    List<CacheEntry> damaged =
        cache.verify().stream().filter(entry -> entry.damage().isPresent()).toList();
    assertEquals(2, damaged.size());
    KernelCache.Removed removed = cache.remove(damaged);
    assertEquals(2, removed.kernels());
    assertEquals(1, cache.entries().size());
    assertTrue(cache.verify().get(0).damage().isEmpty());
  }

  @Test
  void prune_byAge_thenBySize() throws IOException {
    lastUsed("one", 40);
    lastUsed("two", 20);
    assertEquals(1, cache.prune(Long.MAX_VALUE, Duration.ofDays(30)).kernels());
    assertFalse(Files.exists(file("one", ".cubin")));
    long room = cache.entries().stream().mapToLong(CacheEntry::bytes).max().orElseThrow();
    assertEquals(1, cache.prune(room, Duration.ofDays(365)).kernels());
    assertEquals("three", cache.entries().get(0).kernel());
  }

  @Test
  void prune_takesBadOnesAndOldLeftovers_notFreshOnes() throws IOException {
    Path bad = Files.writeString(file("one", ".cubin.bad"), "bad");
    Path old = Files.writeString(file("one", ".cubin.a-b.tmp"), "old");
    Path fresh = Files.writeString(file("one", ".cubin.c-d.tmp"), "fresh");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    KernelCache.Removed removed = cache.prune(Long.MAX_VALUE, Duration.ofDays(365));
    assertEquals(new KernelCache.Removed(0, 2, 6), removed);
    assertTrue(Files.exists(fresh));
    assertFalse(Files.exists(bad));
  }

  @Test
  void clear_leavesNothingOfOurs() throws IOException {
    Files.writeString(file("one", ".manifest.c-d.tmp"), "fresh");
    KernelCache.Removed removed = cache.clear();
    assertEquals(3, removed.kernels());
    assertEquals(1, removed.leftovers());
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void folderThatIsNotThere_isEmpty() {
    KernelCache none = KernelCache.of(folder.resolve("none"), new CacheFiles());
    assertEquals(List.of(), none.entries());
    assertEquals(new KernelCache.Removed(0, 0, 0), none.clear());
  }

  @Test
  void folderThatCannotBeChanged_isAnError_thatNamesIt() {
    KernelCache locked =
        KernelCache.of(folder, FaultyFiles.unwritable(new IOException("Read-only file system")));
    JitException e = assertThrows(JitException.class, locked::clear);
    assertEquals("DG-CACHE-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
  }
}
