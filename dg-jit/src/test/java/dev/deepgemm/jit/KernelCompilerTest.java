package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.LogCapture;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assembler;
import dev.deepgemm.jit.internal.assemble.AssemblerLog;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CacheLock;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.JitStats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCompilerTest {
  @TempDir Path temporary;

  private final FakeAssembler assembler = new FakeAssembler();
  private final PtxModule module = TestModules.named("one");

  private KernelCompiler compiler(Assembler with) {
    return compiler(with, temporary.resolve("cache"));
  }

  private static KernelCompiler compiler(Assembler with, Path folder) {
    return new KernelCompiler(new Assemblers(List.of(with), "auto"), new CubinCache(folder));
  }

  @Test
  void kernel_isAssembled_thenInMemory_thenOnDiskForTheNext() {
    KernelCompiler first = compiler(assembler);
    assertEquals(CacheTier.ASSEMBLED, first.compile(module).tier());
    assertEquals(CacheTier.MEMORY, first.compile(module).tier());
    KernelCompiler second = compiler(assembler);
    CompiledKernel read = second.compile(module);
    assertEquals(CacheTier.DISK, read.tier());
    assertArrayEquals(FakeAssembler.elf("one"), read.cubin().bytes());
    assertEquals(1, assembler.runs.get());
    JitStats stats = first.stats();
    assertEquals(1, stats.assembled());
    assertEquals(1, stats.fromMemory());
    assertEquals(1, second.stats().fromDisk());
  }

  @Test
  void otherAssembler_doesNotTake_whatThisOneMade() {
    compiler(assembler).compile(module);
    FakeAssembler newer = new FakeAssembler("fake", "2.0", FakeAssembler::cubin);
    assertEquals(CacheTier.ASSEMBLED, compiler(newer).compile(module).tier());
  }

  @Test
  void badEntry_isReplaced_andNeverReturned() throws IOException {
    compiler(assembler).compile(module);
    CubinCache cache = new CubinCache(temporary.resolve("cache"));
    Path cubin = cache.cubin(CacheKey.of(module, assembler));
    byte[] bytes = Files.readAllBytes(cubin);
    bytes[bytes.length - 1] ^= 1;
    Files.write(cubin, bytes);

    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      KernelCompiler next = compiler(assembler);
      CompiledKernel built = next.compile(module);
      assertEquals(CacheTier.ASSEMBLED, built.tier());
      assertArrayEquals(FakeAssembler.elf("one"), built.cubin().bytes());
      assertEquals(1, next.stats().setAside());
      assertEquals(1, log.messages().size());
    }
    assertEquals(CacheTier.DISK, compiler(assembler).compile(module).tier());
  }

  @Test
  void unwritableFolder_stillGivesTheKernel() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "");
    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      KernelCompiler compiler = compiler(assembler, file);
      assertArrayEquals(FakeAssembler.elf("one"), compiler.compile(module).cubin().bytes());
      assertEquals(CacheTier.ASSEMBLED, compiler.compile(TestModules.named("two")).tier());
      assertEquals(CacheTier.MEMORY, compiler.compile(module).tier());
      assertEquals(1, log.messages().size(), "one warning, not one per kernel");
    }
  }

  @Test
  void failedAssembly_isNotRemembered() {
    boolean[] broken = {true};
    FakeAssembler moody =
        new FakeAssembler(
            "fake",
            "1",
            m -> {
              if (broken[0]) {
                throw AssemblerLog.rejected("fake 1", m, "no");
              }
              return FakeAssembler.cubin(m);
            });
    KernelCompiler compiler = compiler(moody);
    assertThrows(JitException.class, () -> compiler.compile(module));
    broken[0] = false;
    assertEquals(CacheTier.ASSEMBLED, compiler.compile(module).tier());
  }

  @Test
  void assemblerThatWritesNoElf_isCaught_beforeItsOutputIsPublished() {
    FakeAssembler empty =
        new FakeAssembler("fake", "1", m -> AssemblerLog.cubin(new byte[80], Optional.empty(), ""));
    KernelCompiler compiler = compiler(empty);
    JitException e = assertThrows(JitException.class, () -> compiler.compile(module));
    assertEquals("DG-JIT-04", e.problems().get(0).id());
    assertEquals(0, compiler.cache().entries());
  }

  @Test
  void manyThreads_assembleOnce() throws Exception {
    FakeAssembler slow = slow();
    KernelCompiler shared = compiler(slow);
    List<CacheTier> tiers = inThreads(8, () -> shared.compile(module).tier());
    assertEquals(1, slow.runs.get());
    assertEquals(1, tiers.stream().filter(CacheTier.ASSEMBLED::equals).count());
    assertEquals(7, tiers.stream().filter(CacheTier.MEMORY::equals).count());
  }

  @Test
  void manyCompilersOfOneProcess_assembleOnce() throws Exception {
    FakeAssembler slow = slow();
    List<CacheTier> tiers = inThreads(8, () -> compiler(slow).compile(module).tier());
    assertEquals(1, slow.runs.get());
    assertEquals(7, tiers.stream().filter(CacheTier.DISK::equals).count());
  }

  private static FakeAssembler slow() {
    return new FakeAssembler(
        "fake",
        "1",
        m -> {
          try {
            Thread.sleep(200);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return FakeAssembler.cubin(m);
        });
  }

  private static <T> List<T> inThreads(int count, Callable<T> work) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(count);
    try {
      CyclicBarrier start = new CyclicBarrier(count);
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        futures.add(
            pool.submit(
                () -> {
                  start.await();
                  return work.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(60, TimeUnit.SECONDS));
      }
      return results;
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void heldLock_costsTheWait_notTheKernel() {
    CubinCache cache = new CubinCache(temporary.resolve("cache"));
    CacheKey key = CacheKey.of(module, assembler);
    try (CacheLock held = cache.lock(key, Duration.ofSeconds(1), () -> false)) {
      assertTrue(held.held());
      KernelCompiler compiler =
          new KernelCompiler(
              new Assemblers(List.of(assembler), "auto"), cache, Duration.ofMillis(50));
      assertEquals(CacheTier.ASSEMBLED, compiler.compile(module).tier());
    }
  }
}
