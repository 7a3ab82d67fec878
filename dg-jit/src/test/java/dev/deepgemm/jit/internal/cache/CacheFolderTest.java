package dev.deepgemm.jit.internal.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.jit.CacheWorker;
import dev.deepgemm.jit.KernelCache;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.cache.CubinCache.Lookup;
import dev.deepgemm.jit.kernel.Cubin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheFolderTest {
  private static final int BYTES = 10_000;

  @TempDir Path home;

  private final FakeAssembler assembler = CacheWorker.assembler(BYTES);
  private Options options;
  private Path temporary;
  private CacheFolder folder;

  @BeforeEach
  void open() throws IOException {
    options = Options.defaults().with(Options.JIT_CACHE_DIR, home.toString());
    temporary = Files.createDirectory(CubinCache.folder(options));
    folder = new CacheFolder(temporary, new CacheFiles());
  }

  private CubinCache cache(long maxBytes) {
    return new CubinCache(temporary, new CacheFiles(), maxBytes);
  }

  private CacheKey key(String kernel) {
    return CacheKey.of(TestModules.named(kernel), assembler);
  }

  private void publish(CubinCache cache, String kernel) {
    var module = TestModules.named(kernel);
    Cubin cubin = assembler.assemble(module);
    cache.publish(key(kernel), cubin, Manifest.of(key(kernel), cubin, module, assembler));
  }

  private void lastUsed(String kernel, Duration ago) throws IOException {
    Files.setLastModifiedTime(
        folder.manifest(key(kernel).hex()), FileTime.from(Instant.now().minus(ago)));
  }

  @Test
  void fullFolder_losesTheLeastRecentlyUsed() throws IOException {
    CubinCache limited = cache(4 * BYTES);
    for (String kernel : List.of("a", "b", "c")) {
      publish(limited, kernel);
    }
    assertEquals(0, limited.evicted());
    lastUsed("a", Duration.ofHours(3));
    lastUsed("b", Duration.ofHours(2));
    lastUsed("c", Duration.ofHours(1));
    assertInstanceOf(Lookup.Hit.class, limited.read(key("a")), "used again");
    publish(limited, "d");
    assertEquals(1, limited.evicted());
    assertInstanceOf(Lookup.Miss.class, limited.read(key("b")));
    for (String kernel : List.of("a", "c", "d")) {
      assertInstanceOf(Lookup.Hit.class, limited.read(key(kernel)), kernel);
    }
    assertEquals(List.of(), folder.list().leftovers());
  }

  @Test
  void kernelThatIsLargerThanTheLimit_isKept_untilTheNext() {
    CubinCache tiny = cache(BYTES / 2);
    publish(tiny, "a");
    assertInstanceOf(Lookup.Hit.class, tiny.read(key("a")));
    publish(tiny, "b");
    assertInstanceOf(Lookup.Miss.class, tiny.read(key("a")));
    assertInstanceOf(Lookup.Hit.class, tiny.read(key("b")));
  }

  @Test
  void entryWhoseLockIsHeld_isPassedOver() throws IOException {
    CubinCache cache = cache(Long.MAX_VALUE);
    publish(cache, "wanted");
    publish(cache, "idle");
    lastUsed("wanted", Duration.ofHours(1));
    try (CacheLock lock = cache.lock(key("wanted"), Duration.ofSeconds(1), () -> false)) {
      assertTrue(lock.held());
      List<CacheFolder.Entry> gone = folder.evict(0, "");
      assertEquals(List.of(key("idle").hex()), gone.stream().map(e -> e.key()).toList());
    }
    assertEquals(1, folder.evict(0, "").size());
  }

  @Test
  void foreignFiles_areNeitherCountedNorRemoved() throws IOException {
    publish(cache(Long.MAX_VALUE), "a");
    List<Path> foreign =
        List.of(
            temporary.resolve("README"),
            temporary.resolve("mine.cubin"),
            temporary.resolve("mine.tmp"),
            temporary.resolve("0123.lock"));
    for (Path file : foreign) {
      Files.writeString(file, "somebody's");
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    }
    Path inner = Files.createDirectory(temporary.resolve("a".repeat(64) + ".cubin"));
    folder.sweep();
    folder.evict(0, "");
    KernelCache.of(options).clear();
    for (Path file : foreign) {
      assertEquals("somebody's", Files.readString(file));
    }
    assertTrue(Files.isDirectory(inner));
    assertEquals(List.of(), folder.list().entries());
  }

  @Test
  void halfEntries_areSwept_afterAnHour() throws IOException {
    CubinCache cache = cache(Long.MAX_VALUE);
    for (String kernel : List.of("old", "fresh")) {
      publish(cache, kernel);
      Files.delete(cache.manifest(key(kernel)));
    }
    Files.setLastModifiedTime(
        cache.cubin(key("old")), FileTime.from(Instant.now().minusSeconds(7200)));
    folder.sweep();
    assertFalse(Files.exists(cache.cubin(key("old"))));
    assertTrue(Files.exists(cache.cubin(key("fresh"))), "its manifest may be on its way");
  }

  @Test
  void touch_costsAWrite_onlyWhenTheTimeIsStale() throws IOException {
    int[] touched = {0};
    CacheFiles counting =
        new CacheFiles() {
          @Override
          public void touch(Path file, Instant time) throws IOException {
            touched[0]++;
            super.touch(file, time);
          }
        };
    CubinCache cache = new CubinCache(temporary, counting, Long.MAX_VALUE);
    publish(cache, "a");
    cache.read(key("a"));
    assertEquals(0, touched[0]);
    lastUsed("a", Duration.ofHours(1));
    cache.read(key("a"));
    cache.read(key("a"));
    assertEquals(1, touched[0]);
  }

  /** One evicts all the time, three want the kernels all the time: nobody ever sees a wrong byte. */
  @Test
  void eviction_besideReaders_givesMissesAndNoErrors() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      Future<Integer> evictor =
          pool.submit(
              () -> {
                int evicted = 0;
                while (!done.get()) {
                  evicted += folder.evict(BYTES, "").size();
                }
                return evicted;
              });
      List<Future<Integer>> readers =
          List.of(
              pool.submit(this::readAll), pool.submit(this::readAll), pool.submit(this::readAll));
      int hits = 0;
      for (Future<Integer> reader : readers) {
        hits += reader.get(120, TimeUnit.SECONDS);
      }
      done.set(true);
      assertTrue(evictor.get(60, TimeUnit.SECONDS) > 0, "nothing was evicted");
      assertTrue(hits > 0, "nothing was found");
    } finally {
      done.set(true);
      pool.shutdownNow();
    }
  }

  private int readAll() {
    CubinCache cache = cache(Long.MAX_VALUE);
    int hits = 0;
    for (int round = 0; round < 100; round++) {
      for (String kernel : List.of("a", "b", "c")) {
        publishIfMissing(cache, kernel);
        Lookup found = cache.read(key(kernel));
        assertFalse(found instanceof Lookup.Bad, found.toString());
        if (found instanceof Lookup.Hit hit) {
          assertArrayEquals(CacheWorker.expected(kernel, BYTES), hit.cubin().bytes());
          hits++;
        }
      }
    }
    return hits;
  }

  private void publishIfMissing(CubinCache cache, String kernel) {
    if (cache.read(key(kernel)) instanceof Lookup.Miss) {
      publish(cache, kernel);
    }
  }
}
