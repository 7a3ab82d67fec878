package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.LogCapture;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.AssemblerLog;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheFiles;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.internal.cache.KernelPacks;
import dev.deepgemm.jit.internal.compile.AsmDump;
import dev.deepgemm.jit.internal.compile.JitListeners;
import dev.deepgemm.jit.internal.compile.JitLog;
import dev.deepgemm.jit.internal.compile.JitSettings;
import dev.deepgemm.jit.internal.compile.KernelQuality;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.JitListener;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.sm90.Sm90Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code DG_JIT_MODE}, {@code DG_JIT_PTXAS_CHECK}, listeners and counters of the compiler. */
class JitModeTest {
  private static final GemmConfig PROBLEM =
      ConfigSelector.create(Options.defaults())
          .select(new Sm90Spec(), GemmDesc.fp8(96, 4096, 7168).withSmLimit(132));

  @TempDir Path temporary;

  private final FakeAssembler first = new FakeAssembler("first", "1.0", FakeAssembler::cubin);
  private final FakeAssembler second = new FakeAssembler("second", "2.0", FakeAssembler::cubin);
  private final PtxModule module = TestModules.named("one");

  private KernelCompiler compiler(String mode, FakeAssembler... assemblers) {
    return compiler(Options.defaults().with(Options.JIT_MODE, mode), assemblers);
  }

  private KernelCompiler compiler(Options options, FakeAssembler... assemblers) {
    return new KernelCompiler(
        new Assemblers(List.of(assemblers), "auto"),
        KernelPacks.none(),
        new CubinCache(temporary.resolve("cache")),
        Duration.ofSeconds(5),
        JitSettings.of(options));
  }

  @Test
  void never_missingKernel_isRefused_withKeyShapeAndCommand() throws IOException {
    KernelCompiler never = compiler("never", first, second);
    JitException e = assertThrows(JitException.class, () -> never.compile(module, PROBLEM));
    assertEquals("DG-JIT-10", e.problems().get(0).id());
    String message = e.getMessage();
    assertTrue(message.contains("m=96 n=4096 k=7168"), message);
    assertTrue(message.contains(CacheKey.of(module, first).hex()), message);
    assertTrue(message.contains(CacheKey.of(module, second).hex() + " (second 2.0)"), message);
    assertTrue(
        message.contains("dg warmup --arch sm90 --dtype fp8 --shapes 4096x7168 --m 96 --sms 132"),
        message);
    assertEquals(0, first.runs.get() + second.runs.get());
    assertEquals(1, never.stats().refused());
    assertFalse(Files.exists(temporary.resolve("cache")), "it does not even make a folder");
  }

  @Test
  void never_withoutAProblem_stillNamesTheKey() {
    KernelCompiler never = compiler("never", first);
    JitException e = assertThrows(JitException.class, () -> never.compile(module));
    assertTrue(e.getMessage().contains(CacheKey.of(module, first).hex()), e.getMessage());
    assertTrue(e.getMessage().contains("dg warmup"), e.getMessage());
  }

  @Test
  void never_kernelOnDisk_isTaken_whicheverAssemblerMadeIt() {
    compiler("auto", second).compile(module);
    KernelCompiler never = compiler("never", first, second);
    CompiledKernel found = never.compile(module, PROBLEM);
    assertEquals(CacheTier.DISK, found.tier());
    assertEquals("second 2.0", found.assembler());
    assertArrayEquals(FakeAssembler.elf("one"), found.cubin().bytes());
    assertEquals(CacheTier.MEMORY, never.compile(module, PROBLEM).tier());
    assertEquals(0, first.runs.get());
    assertEquals(0, never.stats().refused());
  }

  @Test
  void never_damagedEntry_isRefused_saysSo_andStays() throws IOException {
    compiler("auto", first).compile(module);
    CubinCache cache = new CubinCache(temporary.resolve("cache"));
    Path cubin = cache.cubin(CacheKey.of(module, first));
    byte[] bytes = Files.readAllBytes(cubin);
    bytes[70 % bytes.length] ^= 1;
    Files.write(cubin, bytes);
    KernelCompiler never = compiler("never", first);
    JitException e = assertThrows(JitException.class, () -> never.compile(module, PROBLEM));
    assertTrue(e.getMessage().contains("there but its SHA-256"), e.getMessage());
    assertTrue(Files.exists(cubin));
  }

  @Test
  void never_takesWhatAnotherProcessPublishesLater() {
    KernelCompiler never = compiler("never", first);
    assertThrows(JitException.class, () -> never.compile(module));
    compiler("auto", first).compile(module);
    assertEquals(CacheTier.DISK, never.compile(module).tier());
  }

  @Test
  void warn_compiles_andSaysShapeKeyCallerAndCommand() {
    KernelCompiler warn = compiler("warn", first);
    try (LogCapture log = LogCapture.of(KernelCompiler.class)) {
      assertEquals(CacheTier.ASSEMBLED, Elsewhere.call(() -> warn.compile(module, PROBLEM)).tier());
      warn.compile(module, PROBLEM);
      assertEquals(1, log.messages().size(), "once, since then it is in memory");
      String message = log.messages().get(0);
      assertTrue(message.contains("m=96 n=4096 k=7168"), message);
      assertTrue(message.contains(CacheKey.of(module, first).hex()), message);
      assertTrue(message.contains("asked for by "), message);
      assertTrue(message.contains("dg warmup --arch sm90"), message);
    }
  }

  @Test
  void auto_saysNothing() {
    try (LogCapture log = LogCapture.of(KernelCompiler.class)) {
      compiler("auto", first).compile(module, PROBLEM);
      assertEquals(List.of(), log.messages());
    }
  }

  @Test
  void ptxasCheck_refusesLocalMemory_fromTheAssemblerAndFromTheCache() {
    // What the fake one returns has 8 bytes of stack.
    compiler("auto", first).compile(module);
    Options checked = Options.defaults().with(Options.JIT_PTXAS_CHECK, "1");
    for (PtxModule each : List.of(module, TestModules.named("two"))) {
      JitException e =
          assertThrows(JitException.class, () -> compiler(checked, first).compile(each));
      assertEquals("DG-JIT-11", e.problems().get(0).id());
      assertTrue(e.getMessage().contains("8 bytes of stack"), e.getMessage());
      assertTrue(e.getMessage().contains("0 bytes of spill loads"), e.getMessage());
    }
  }

  @Test
  void ptxasCheck_passesGoodKernels_andTellsOfUnknownOnes() {
    Options checked = Options.defaults().with(Options.JIT_PTXAS_CHECK, "1");
    FakeAssembler good = withUsage(Optional.of(new ResourceUsage(168, 0, 0, 0, 0)));
    assertEquals(CacheTier.ASSEMBLED, compiler(checked, good).compile(module).tier());
    FakeAssembler silent = withUsage(Optional.empty());
    try (LogCapture log = LogCapture.of(KernelQuality.class)) {
      compiler(checked, silent).compile(TestModules.named("silent"));
      assertEquals(1, log.messages().size());
    }
  }

  private static FakeAssembler withUsage(Optional<ResourceUsage> usage) {
    return new FakeAssembler(
        "fake", "1", m -> AssemblerLog.cubin(FakeAssembler.elf(m.entry()), usage, "assembled"));
  }

  @Test
  void listener_hearsOfEachStep_withItsTier() {
    List<String> heard = new ArrayList<>();
    KernelCompiler compiler = compiler("auto", first);
    JitListener listener =
        new JitListener() {
          @Override
          public void assembling(PtxModule what, String command) {
            heard.add("assembling " + what.entry() + ": " + command);
          }

          @Override
          public void found(CompiledKernel kernel) {
            heard.add(kernel.module().entry() + " " + kernel.tier());
          }
        };
    compiler.addListener(listener);
    compiler.compile(module);
    compiler.compile(module);
    compiler.removeListener(listener);
    compiler.compile(TestModules.named("two"));
    assertEquals(
        List.of("assembling one: first 1.0 -arch=sm_90a", "one ASSEMBLED", "one MEMORY"), heard);
  }

  @Test
  void listenerThatThrows_hurtsNobody() {
    List<CacheTier> heard = new ArrayList<>();
    KernelCompiler compiler = compiler("auto", first);
    compiler.addListener(
        new JitListener() {
          @Override
          public void found(CompiledKernel kernel) {
            throw new IllegalStateException("a broken listener");
          }
        });
    compiler.addListener(
        new JitListener() {
          @Override
          public void found(CompiledKernel kernel) {
            heard.add(kernel.tier());
          }
        });
    try (LogCapture log = LogCapture.of(JitListeners.class)) {
      compiler.compile(module);
      compiler.compile(module);
      assertEquals(1, log.messages().size(), "one warning");
    }
    assertEquals(List.of(CacheTier.ASSEMBLED, CacheTier.MEMORY), heard);
  }

  @Test
  void options_logWhatTheyAreAskedFor_andNothingElse() {
    assertEquals(List.of(), logged(Options.defaults()));
    assertEquals(
        List.of("command: one: first 1.0 -arch=sm_90a"),
        logged(Options.defaults().with(Options.JIT_PRINT_COMPILER_COMMAND, "1")));
    assertEquals(
        List.of("assembler: one: assembled"),
        logged(Options.defaults().with(Options.JIT_PTXAS_VERBOSE, "1")));
    List<String> all = logged(Options.defaults().with(Options.JIT_DEBUG, "1"));
    assertEquals(3, all.size(), all.toString());
    assertTrue(all.get(1).startsWith("kernel: one from assembled in "), all.toString());
  }

  private List<String> logged(Options options) {
    try (LogCapture log = LogCapture.of(JitLog.class, java.util.logging.Level.INFO)) {
      compiler(options, first).compile(module);
      KernelCache.of(temporary.resolve("cache"), new CacheFiles()).clear();
      return List.copyOf(log.messages());
    }
  }

  @Test
  void verbose_kernelFromTheCache_saysWhatWasKept() {
    compiler("auto", first).compile(module);
    try (LogCapture log = LogCapture.of(JitLog.class, java.util.logging.Level.INFO)) {
      compiler(Options.defaults().with(Options.JIT_PTXAS_VERBOSE, "1"), first).compile(module);
      assertTrue(log.messages().get(0).contains("168 registers"), log.messages().toString());
    }
  }

  @Test
  void dump_writesPtx_andSaysOnceThatThereIsNoDisassembler() throws IOException {
    Options options =
        Options.of(java.util.Map.of(), java.util.Map.of("PATH", ""))
            .with(Options.JIT_CACHE_DIR, temporary.toString())
            .with(Options.JIT_DUMP_ASM, "1");
    try (LogCapture log = LogCapture.of(AsmDump.class)) {
      KernelCompiler compiler = compiler(options, first);
      compiler.compile(module);
      compiler.compile(TestModules.named("two"));
      assertEquals(1, log.messages().size(), log.messages().toString());
      assertTrue(log.messages().get(0).contains("nvdisasm"), log.messages().toString());
    }
    assertEquals(module.text(), Files.readString(temporary.resolve("dump/one.ptx")));
    try (Stream<Path> files = Files.list(temporary.resolve("dump"))) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void dump_sass_isWhatTheDisassemblerPrints() throws IOException {
    Path tool = temporary.resolve("nvdisasm");
    Files.writeString(tool, "#!/bin/sh\nwc -c < \"$1\"\n");
    assertTrue(tool.toFile().setExecutable(true));
    Options options =
        Options.of(
                java.util.Map.of(),
                java.util.Map.of("PATH", temporary + ":" + System.getenv("PATH")))
            .with(Options.JIT_CACHE_DIR, temporary.toString())
            .with(Options.JIT_DUMP_SASS, "1");
    compiler(options, first).compile(module);
    assertEquals(
        FakeAssembler.elf("one").length,
        Integer.parseInt(Files.readString(temporary.resolve("dump/one.sass")).strip()));
    assertFalse(Files.exists(temporary.resolve("dump/one.ptx")));
  }

  /** So that the caller of a warning is not the test itself. */
  private static final class Elsewhere {
    static <T> T call(java.util.function.Supplier<T> body) {
      return body.get();
    }
  }
}
