package dev.deepgemm.jit.internal.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.LogCapture;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assembler;
import dev.deepgemm.jit.internal.cache.CubinCache.Lookup;
import dev.deepgemm.jit.kernel.CacheStats;
import dev.deepgemm.jit.kernel.Cubin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CubinCacheTest {
  @TempDir Path temporary;

  private final Assembler assembler = new FakeAssembler();
  private CubinCache cache;

  @BeforeEach
  void open() {
    cache = new CubinCache(temporary.resolve("cache"));
  }

  private CacheKey publish(String entry) {
    var module = TestModules.named(entry);
    CacheKey key = CacheKey.of(module, assembler);
    Cubin cubin = FakeAssembler.cubin(module);
    cache.publish(key, cubin, Manifest.of(key, cubin, module, assembler));
    return key;
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void entry_comesBack_asItWasPublished() {
    CacheKey key = publish("one");
    Lookup.Hit hit = assertInstanceOf(Lookup.Hit.class, cache.read(key));
    assertArrayEquals(FakeAssembler.elf("one"), hit.cubin().bytes());
    assertEquals(168, hit.cubin().usage().orElseThrow().registers());
  }

  @Test
  void publication_leaves_twoFilesAndNothingElse() throws IOException {
    CacheKey key = publish("one");
    try (var files = Files.list(cache.folder())) {
      assertEquals(
          java.util.Set.of(cache.cubin(key), cache.manifest(key)),
          files.collect(java.util.stream.Collectors.toSet()));
    }
  }

  @Test
  void unknownKey_isAMiss() {
    publish("one");
    CacheKey other = CacheKey.of(TestModules.named("two"), assembler);
    assertInstanceOf(Lookup.Miss.class, cache.read(other));
  }

  @Test
  void truncatedPayload_isBad_atEveryLength() throws IOException {
    CacheKey key = publish("one");
    byte[] good = Files.readAllBytes(cache.cubin(key));
    for (int length = 0; length < good.length; length++) {
      Files.write(cache.cubin(key), Arrays.copyOf(good, length));
      assertInstanceOf(Lookup.Bad.class, cache.read(key), "length " + length);
    }
  }

  @Test
  void flippedBit_isBad() throws IOException {
    CacheKey key = publish("one");
    flip(cache.cubin(key), 65);
    assertTrue(assertInstanceOf(Lookup.Bad.class, cache.read(key)).reason().contains("SHA-256"));
  }

  @Test
  void flippedBitInTheManifest_isBad() throws IOException {
    CacheKey key = publish("one");
    flip(cache.manifest(key), 40);
    assertInstanceOf(Lookup.Bad.class, cache.read(key));
  }

  @Test
  void swappedPayloads_areBad() throws IOException {
    CacheKey one = publish("one");
    CacheKey two = publish("two");
    swap(cache.cubin(one), cache.cubin(two));
    assertInstanceOf(Lookup.Bad.class, cache.read(one));
    assertInstanceOf(Lookup.Bad.class, cache.read(two));
  }

  @Test
  void swappedEntries_areBad_althoughEachIsWhole() throws IOException {
    CacheKey one = publish("one");
    CacheKey two = publish("two");
    swap(cache.cubin(one), cache.cubin(two));
    swap(cache.manifest(one), cache.manifest(two));
    assertTrue(assertInstanceOf(Lookup.Bad.class, cache.read(one)).reason().contains(two.hex()));
  }

  private static void swap(Path a, Path b) throws IOException {
    Path c = a.resolveSibling("swap");
    Files.move(a, c);
    Files.move(b, a);
    Files.move(c, b);
  }

  @Test
  void killBetweenPayloadAndManifest_isAMiss() throws IOException {
    CacheKey key = publish("one");
    Files.delete(cache.manifest(key));
    assertInstanceOf(Lookup.Miss.class, cache.read(key));
  }

  @Test
  void killWhileWriting_leavesAMiss_andTheLeftoversGoAfterAnHour() throws IOException {
    CacheKey key = publish("one");
    Path old = cache.folder().resolve(key + ".cubin.0.tmp");
    Path fresh = cache.folder().resolve(key + ".cubin.1.tmp");
    Path lock = cache.folder().resolve(key + ".lock");
    Files.move(cache.cubin(key), old, StandardCopyOption.REPLACE_EXISTING);
    Files.delete(cache.manifest(key));
    Files.write(fresh, new byte[3]);
    Files.write(lock, new byte[0]);
    for (Path file : new Path[] {old, lock}) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(7200)));
    }
    CubinCache next = new CubinCache(cache.folder());
    assertInstanceOf(Lookup.Miss.class, next.read(key));

    cache = next;
    publish("two");
    assertFalse(Files.exists(old));
    assertFalse(Files.exists(lock));
    assertTrue(Files.exists(fresh), "another process may be writing it");
  }

  @Test
  void badEntry_isSetAside_andReplaced() throws IOException {
    CacheKey key = publish("one");
    flip(cache.cubin(key), 65);
    cache.setAside(key, "test");
    assertInstanceOf(Lookup.Miss.class, cache.read(key));
    assertTrue(Files.exists(cache.folder().resolve(key + ".cubin.bad")));
    publish("one");
    assertInstanceOf(Lookup.Hit.class, cache.read(key));
  }

  @Test
  void fileInPlaceOfTheFolder_costsTheCacheAlone() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "not a folder");
    cache = new CubinCache(file);
    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      CacheKey key = publish("one");
      publish("two");
      assertInstanceOf(Lookup.Miss.class, cache.read(key));
      assertEquals(1, log.messages().size(), log.messages().toString());
      assertTrue(log.messages().get(0).contains("DG_JIT_CACHE_DIR"));
    }
    assertEquals(0, cache.stats().entries());
    assertEquals("not a folder", Files.readString(file));
  }

  @Test
  void folderInPlaceOfAFile_isAMiss() throws IOException {
    CacheKey key = publish("one");
    Files.delete(cache.manifest(key));
    Files.createDirectories(cache.manifest(key));
    assertInstanceOf(Lookup.Miss.class, cache.read(key));
  }

  @Test
  void stats_count_whatIsPublished() throws IOException {
    assertEquals(new CacheStats(cache.folder(), 0, 0), cache.stats());
    CacheKey one = publish("one");
    CacheKey two = publish("three");
    long bytes = 0;
    for (CacheKey key : new CacheKey[] {one, two}) {
      bytes += Files.size(cache.cubin(key)) + Files.size(cache.manifest(key));
    }
    assertEquals(new CacheStats(cache.folder(), 2, bytes), cache.stats());
  }

  @Test
  void folder_follows_optionThenHome() {
    Options home = Options.of(Map.of(), Map.of("HOME", "/home/me"));
    assertTrue(CubinCache.of(home).folder().startsWith("/home/me/.deep_gemm"));
    Options chosen = home.with(Options.JIT_CACHE_DIR, "/elsewhere");
    assertTrue(CubinCache.of(chosen).folder().startsWith("/elsewhere"));
    String user = System.getProperty("user.home");
    assertTrue(CubinCache.of(Options.defaults()).folder().startsWith(user));
  }
}
