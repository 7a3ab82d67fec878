package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.LogCapture;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assembler;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.internal.cache.KernelPacks;
import dev.deepgemm.jit.internal.cache.PackLayout;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.JitStats;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelPacksTest {
  @TempDir Path temporary;

  private final FakeAssembler assembler = new FakeAssembler();
  private final PtxModule one = TestModules.named("one");
  private final PtxModule two = TestModules.named("two");

  /** An assembler that no process that runs on packs may ask. */
  private static FakeAssembler forbidden() {
    return new FakeAssembler(
        "forbidden",
        "0",
        module -> {
          throw new AssertionError("assembled " + module.entry());
        });
  }

  private CompiledKernel compiled(PtxModule module) {
    return new KernelCompiler(
            new Assemblers(List.of(assembler), "auto"), new CubinCache(temporary.resolve("made")))
        .compile(module);
  }

  private Path pack(String name, PtxModule... modules) {
    List<CompiledKernel> kernels = new ArrayList<>();
    for (PtxModule module : modules) {
      kernels.add(compiled(module));
    }
    Path jar = temporary.resolve(name);
    PackWriter.write(jar, kernels);
    return jar;
  }

  private static URLClassLoader path(Path... jars) throws IOException {
    URL[] urls = new URL[jars.length];
    for (int i = 0; i < jars.length; i++) {
      urls[i] = jars[i].toUri().toURL();
    }
    return new URLClassLoader(urls, null);
  }

  private KernelCompiler compiler(ClassLoader loader, Assembler with) {
    return new KernelCompiler(
        new Assemblers(List.of(with), "auto"),
        KernelPacks.of(loader),
        new CubinCache(temporary.resolve("cache")),
        Duration.ofSeconds(5));
  }

  /** Changes one entry of a jar. */
  private interface Damage {
    byte[] to(byte[] bytes);
  }

  private static void damage(Path jar, String entry, Damage damage) throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(jar)) {
      Path inside = zip.getPath(entry);
      Files.write(inside, damage.to(Files.readAllBytes(inside)));
    }
  }

  private static byte[] flipped(byte[] bytes) {
    bytes[bytes.length / 2] ^= 4;
    return bytes;
  }

  @Test
  void kernel_ofAPack_needsNoAssemblerAndNoFolder() throws IOException {
    Path jar = pack("kernels.jar", one, two);
    try (URLClassLoader loader = path(jar)) {
      KernelCompiler compiler = compiler(loader, forbidden());
      CompiledKernel found = compiler.compile(one);
      assertEquals(CacheTier.PACK, found.tier());
      assertArrayEquals(FakeAssembler.elf("one"), found.cubin().bytes());
      assertEquals("fake 1.0", found.assembler());
      assertEquals("-arch=sm_90a", found.options());
      assertEquals(Optional.of(new ResourceUsage(168, 0, 0, 8, 16)), found.cubin().usage());
      assertEquals(CacheTier.MEMORY, compiler.compile(one).tier());
      assertEquals(CacheTier.PACK, compiler.compile(two).tier());
      assertEquals(new JitStats(0, 0, 2, 0, 1, 0, 0, 0, 0, 0), compiler.stats());
      assertFalse(Files.exists(temporary.resolve("cache")));
    }
  }

  @Test
  void kernel_thatNoPackHas_isAssembled() throws IOException {
    try (URLClassLoader loader = path(pack("kernels.jar", one))) {
      assertEquals(CacheTier.ASSEMBLED, compiler(loader, assembler).compile(two).tier());
    }
  }

  @Test
  void kernel_ofAnotherTarget_isNotTaken() throws IOException {
    PtxModule other =
        PtxModule.builder(one.entry(), "sm_100a").text(one.text()).threads(64).build();
    try (URLClassLoader loader = path(pack("kernels.jar", one))) {
      assertEquals(CacheTier.ASSEMBLED, compiler(loader, assembler).compile(other).tier());
    }
    assertNotEquals(PackLayout.key(one), PackLayout.key(other));
  }

  @Test
  void cubin_thatIsDamaged_isAMissWithOneWarning() throws IOException {
    Path jar = pack("kernels.jar", one, two);
    damage(jar, PackLayout.cubin(PackLayout.key(one).hex()), KernelPacksTest::flipped);
    damage(jar, PackLayout.cubin(PackLayout.key(two).hex()), bytes -> new byte[3]);
    try (URLClassLoader loader = path(jar);
        LogCapture log = LogCapture.of(KernelPacks.class)) {
      KernelCompiler compiler = compiler(loader, assembler);
      CompiledKernel built = compiler.compile(one);
      assertEquals(CacheTier.ASSEMBLED, built.tier());
      assertArrayEquals(FakeAssembler.elf("one"), built.cubin().bytes());
      assertEquals(CacheTier.ASSEMBLED, compiler.compile(two).tier());
      assertEquals(1, log.messages().size(), log.messages()::toString);
      assertTrue(log.messages().get(0).contains("SHA-256"), log.messages()::toString);
    }
  }

  @Test
  void cubin_thatIsMissing_isAMiss() throws IOException {
    Path jar = pack("kernels.jar", one);
    try (FileSystem zip = FileSystems.newFileSystem(jar)) {
      Files.delete(zip.getPath(PackLayout.cubin(PackLayout.key(one).hex())));
    }
    try (URLClassLoader loader = path(jar);
        LogCapture log = LogCapture.of(KernelPacks.class)) {
      assertEquals(CacheTier.ASSEMBLED, compiler(loader, assembler).compile(one).tier());
      assertEquals(1, log.messages().size());
    }
  }

  @Test
  void indexEntry_thatIsDamaged_costsItsKernelAlone() throws IOException {
    Path jar = pack("kernels.jar", one, two);
    damage(
        jar,
        PackLayout.INDEX,
        bytes ->
            new String(bytes, StandardCharsets.UTF_8)
                .replace("entry=one", "entry=eno")
                .getBytes(StandardCharsets.UTF_8));
    try (URLClassLoader loader = path(jar);
        LogCapture log = LogCapture.of(KernelPacks.class)) {
      KernelCompiler compiler = compiler(loader, assembler);
      assertEquals(CacheTier.ASSEMBLED, compiler.compile(one).tier());
      assertEquals(CacheTier.PACK, compiler.compile(two).tier());
      assertEquals(1, log.messages().size());
    }
  }

  @Test
  void index_thatIsNoIndex_isIgnored() throws IOException {
    Path jar = pack("kernels.jar", one);
    damage(jar, PackLayout.INDEX, bytes -> new byte[] {1, 2, 3});
    try (URLClassLoader loader = path(jar);
        LogCapture log = LogCapture.of(KernelPacks.class)) {
      assertEquals(CacheTier.ASSEMBLED, compiler(loader, assembler).compile(one).tier());
      assertEquals(1, log.messages().size());
    }
  }

  @Test
  void twoPacks_areBothRead_andTheSecondHelpsWhereTheFirstIsDamaged() throws IOException {
    Path first = pack("first.jar", one);
    Path second = pack("second.jar", one, two);
    damage(first, PackLayout.cubin(PackLayout.key(one).hex()), KernelPacksTest::flipped);
    try (URLClassLoader loader = path(first, second);
        LogCapture log = LogCapture.of(KernelPacks.class)) {
      KernelCompiler compiler = compiler(loader, forbidden());
      assertEquals(CacheTier.PACK, compiler.compile(one).tier());
      assertEquals(CacheTier.PACK, compiler.compile(two).tier());
      assertEquals(1, log.messages().size());
    }
  }

  @Test
  void pack_inAFolder_isFoundAsWell() throws IOException {
    Path jar = pack("kernels.jar", one);
    Path folder = temporary.resolve("classes");
    try (FileSystem zip = FileSystems.newFileSystem(jar)) {
      for (String name : List.of(PackLayout.INDEX, PackLayout.cubin(PackLayout.key(one).hex()))) {
        Path target = folder.resolve(name);
        Files.createDirectories(target.getParent());
        Files.copy(zip.getPath(name), target);
      }
    }
    try (URLClassLoader loader = path(folder)) {
      assertEquals(CacheTier.PACK, compiler(loader, forbidden()).compile(one).tier());
    }
  }

  @Test
  void option_turnsPacksOff() throws IOException {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = path(pack("kernels.jar", one))) {
      Thread.currentThread().setContextClassLoader(loader);
      Options options = Options.defaults();
      assertTrue(KernelPacks.of(options).find(one).isPresent());
      assertFalse(KernelPacks.of(options.with(Options.JIT_PACKS, "0")).find(one).isPresent());
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void write_sameKernelsInAnotherOrder_givesTheSameBytes() throws IOException {
    Path there = pack("a.jar", one, two);
    Path back = pack("b.jar", two, one, two);
    assertArrayEquals(Files.readAllBytes(there), Files.readAllBytes(back));
  }

  @Test
  void write_ofWhatAPackGave_keepsWhoMadeIt() throws IOException {
    Path jar = pack("kernels.jar", one);
    try (URLClassLoader loader = path(jar)) {
      Path copy = temporary.resolve("copy.jar");
      PackWriter.write(copy, List.of(compiler(loader, forbidden()).compile(one)));
      assertArrayEquals(Files.readAllBytes(jar), Files.readAllBytes(copy));
    }
  }

  @Test
  void write_toAFolderThatIsNotThere_isRefusedAndLeavesNothing() {
    CompiledKernel kernel = compiled(one);
    Path nowhere = temporary.resolve("nowhere").resolve("kernels.jar");
    JitException e =
        assertThrows(JitException.class, () -> PackWriter.write(nowhere, List.of(kernel)));
    assertEquals("DG-PACK-01", e.problems().get(0).id());
    assertFalse(Files.exists(nowhere.getParent()));
  }
}
