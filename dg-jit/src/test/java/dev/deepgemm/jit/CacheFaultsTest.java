package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.FaultyFiles;
import dev.deepgemm.jit.fixtures.LogCapture;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheFiles;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.internal.cache.CubinCache.Lookup;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.testkit.faults.FailingFileSystem;
import dev.deepgemm.testkit.faults.FailingFileSystem.Operation;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** File systems that fail: the kernel is right, and there is one warning. */
class CacheFaultsTest {
  private static final List<String> KERNELS = List.of("one", "two", "three");

  @TempDir Path temporary;

  private final FakeAssembler assembler = new FakeAssembler();

  private CubinCache cache(CacheFiles files) {
    return new CubinCache(temporary.resolve("cache"), files, 1 << 20);
  }

  /** The same folder, on a file system that fails on command below every class of ours. */
  private CubinCache cache(FailingFileSystem files) {
    return new CubinCache(files.wrap(temporary).resolve("cache"), new CacheFiles(), 1 << 20);
  }

  private KernelCompiler compiler(CubinCache cache) {
    return new KernelCompiler(
        new Assemblers(List.of(assembler), "auto"), cache, Duration.ofMillis(200));
  }

  private void compileAll(KernelCompiler compiler) {
    for (String kernel : KERNELS) {
      PtxModule module = TestModules.named(kernel);
      assertArrayEquals(FakeAssembler.elf(kernel), compiler.compile(module).cubin().bytes());
    }
  }

  static Stream<Arguments> unusable() {
    return Stream.of(
        Arguments.of("read-only", FaultyFiles.unwritable(new AccessDeniedException("cache"))),
        Arguments.of(
            "read-only file system",
            new FaultyFiles(
                (operation, file) -> {
                  throw new ReadOnlyFileSystemException();
                })),
        Arguments.of("stale handle", FaultyFiles.unwritable(new IOException("Stale file handle"))),
        Arguments.of(
            "no rename", FaultyFiles.without("rename", new FileSystemException("Invalid link"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unusable")
  void unusableFolder_costsTheCache_andOneWarning(String what, CacheFiles files)
      throws IOException {
    costsTheCacheAndOneWarning(what, cache(files));
  }

  @ParameterizedTest
  @EnumSource(names = {"OPEN_WRITE", "WRITE", "FORCE", "MOVE", "CREATE_DIRECTORY"})
  void unusableFileSystem_costsTheCache_andOneWarning(Operation broken) throws IOException {
    FailingFileSystem files = new FailingFileSystem();
    files.failAlways(broken);
    costsTheCacheAndOneWarning(broken.name(), cache(files));
    assertTrue(files.count(broken) > 0, "it was tried");
  }

  /** What fails once, at any of its times, costs one kernel's place at most and never a wrong kernel. */
  @ParameterizedTest
  @EnumSource(Operation.class)
  void operationThatFailsOnce_costsOneEntryAtMost(Operation broken) throws IOException {
    for (int nth = 1; nth <= 4; nth++) {
      FailingFileSystem files = new FailingFileSystem();
      files.failAt(broken, nth);
      CubinCache cache = cache(files);
      try (LogCapture log = LogCapture.of(CubinCache.class)) {
        compileAll(compiler(cache));
        compileAll(compiler(cache));
        assertTrue(log.messages().size() <= 1, log.messages().toString());
      }
      assertTrue(cache(new CacheFiles()).stats().entries() >= KERNELS.size() - 1, "at " + nth);
      for (String kernel : KERNELS) {
        CacheKey key = CacheKey.of(TestModules.named(kernel), assembler);
        assertFalse(cache(new CacheFiles()).check(key) instanceof Lookup.Bad, kernel);
      }
      delete(temporary.resolve("cache"));
    }
  }

  private void costsTheCacheAndOneWarning(String what, CubinCache cache) throws IOException {
    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      compileAll(compiler(cache));
      assertEquals(KERNELS.size(), assembler.runs.get());
      assertEquals(1, log.messages().size(), log.messages().toString());
      assertTrue(log.messages().get(0).contains("DG_JIT_CACHE_DIR"), log.messages().toString());
    }
    CubinCache next = cache(new CacheFiles());
    for (String kernel : KERNELS) {
      CacheKey key = CacheKey.of(TestModules.named(kernel), assembler);
      assertInstanceOf(Lookup.Miss.class, next.read(key), "nothing half-written is visible");
    }
    if (Files.exists(next.folder())) {
      try (Stream<Path> left = Files.list(next.folder())) {
        assertEquals(
            List.of(), left.filter(file -> file.toString().contains(".cubin")).toList(), what);
      }
    }
  }

  @Test
  void noLocks_costDoubleWork_notTheCache() {
    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      FailingFileSystem files = new FailingFileSystem();
      files.failAlways(Operation.LOCK);
      compileAll(compiler(cache(files)));
      assertEquals(1, log.messages().size(), log.messages().toString());
    }
    compileAll(compiler(cache(new CacheFiles())));
    assertEquals(KERNELS.size(), assembler.runs.get(), "the second found all of them");
  }

  @Test
  void noForce_isNoFault() {
    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      compileAll(compiler(cache(FaultyFiles.without("force", new IOException("not here")))));
      assertEquals(List.of(), log.messages());
    }
    assertEquals(KERNELS.size(), cache(new CacheFiles()).stats().entries());
  }

  @Test
  void folderThatVanishesWhileItIsWrittenTo_isMadeAgain() {
    boolean[] gone = {false};
    CacheFiles files =
        new FaultyFiles(
            (operation, file) -> {
              if (operation.equals("rename") && !gone[0]) {
                gone[0] = true;
                delete(temporary.resolve("cache"));
              }
            });
    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      compileAll(compiler(cache(files)));
      assertEquals(List.of(), log.messages());
    }
    assertTrue(gone[0]);
    assertEquals(KERNELS.size(), cache(new CacheFiles()).stats().entries());
  }

  @Test
  void folderThatVanishesBetweenKernels_isMadeAgain() throws IOException {
    KernelCompiler compiler = compiler(cache(new CacheFiles()));
    try (LogCapture log = LogCapture.of(CubinCache.class)) {
      compiler.compile(TestModules.named("one"));
      delete(temporary.resolve("cache"));
      assertEquals(CacheTier.MEMORY, compiler.compile(TestModules.named("one")).tier());
      assertEquals(CacheTier.ASSEMBLED, compiler.compile(TestModules.named("two")).tier());
      assertEquals(List.of(), log.messages());
    }
    assertEquals(1, compiler.cache().entries());
  }

  @Test
  void fileThatCannotBeRead_isBuilt() throws IOException {
    compileAll(compiler(cache(new CacheFiles())));
    FailingFileSystem unreadable = new FailingFileSystem();
    unreadable.failAlways(Operation.OPEN_READ);
    compileAll(compiler(cache(unreadable)));
    assertEquals(2 * KERNELS.size(), assembler.runs.get());
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
