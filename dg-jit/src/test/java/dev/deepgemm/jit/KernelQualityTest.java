package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.LogCapture;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.AssemblerLog;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.internal.cache.KernelPacks;
import dev.deepgemm.jit.internal.compile.JitSettings;
import dev.deepgemm.jit.internal.compile.KernelQuality;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.JitException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of kernels that compute right and slowly, through a compiler and its cache. */
class KernelQualityTest {
  private static final String LOSS =
      "ptxas info    : (C7504) Potential Performance Loss: 'setmaxnreg' ignored to maintain"
          + " compatibility across compilation units.\n";
  private static final String GOOD =
      "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\nUsed 168 registers";
  private static final String SPILLS =
      "416 bytes stack frame, 412 bytes spill stores, 416 bytes spill loads\nUsed 168 registers";

  @TempDir Path folder;

  private KernelCompiler compiler(String log, String check) {
    Options options = Options.defaults().with(Options.JIT_PTXAS_CHECK, check);
    return new KernelCompiler(
        new Assemblers(
            List.of(
                new FakeAssembler(
                    "fake", "1", m -> AssemblerLog.cubin(FakeAssembler.elf(m.entry()), log))),
            "auto"),
        KernelPacks.none(),
        new CubinCache(folder),
        Duration.ofSeconds(1),
        JitSettings.of(options));
  }

  private static void isWarned(KernelCompiler compiler, String... parts) {
    try (LogCapture log = LogCapture.of(KernelQuality.class)) {
      compiler.compile(TestModules.named("slow"));
      assertEquals(1, log.messages().size(), log.messages()::toString);
      String message = log.messages().get(0);
      for (String part : parts) {
        assertTrue(message.contains(part), message);
      }
    }
  }

  @Test
  void ignoredSetmaxnreg_isAWarning_thatNamesKernelAssemblerAndWayOut() {
    isWarned(
        compiler(LOSS + GOOD, "0"),
        "kernel slow, assembled by fake 1",
        "C7504: 'setmaxnreg' ignored",
        "assembler driver or ptxas",
        "dg info");
  }

  @Test
  void spills_areAWarning_withTheirNumbers() {
    isWarned(compiler(SPILLS, "0"), "412 bytes of spill stores", "with 168 registers");
  }

  @Test
  void losses_areKnown_ofKernelsFromTheCache() {
    compiler(LOSS + GOOD, "0").compile(TestModules.named("slow"));
    KernelCompiler next = compiler("is not asked", "0");
    isWarned(next, "C7504: 'setmaxnreg' ignored");
    CompiledKernel kernel = next.compile(TestModules.named("slow"));
    assertEquals(0, next.stats().assembled());
    assertEquals(
        List.of("C7504: 'setmaxnreg' ignored to maintain compatibility across compilation units"),
        kernel.cubin().losses());
  }

  @Test
  void losses_areKnown_ofKernelsFromAPack() {
    CompiledKernel made = compiler(LOSS + GOOD, "0").compile(TestModules.named("slow"));
    Path jar = folder.resolve("pack.jar");
    PackWriter.write(jar, List.of(made));
    try (java.net.URLClassLoader loader =
        new java.net.URLClassLoader(new java.net.URL[] {jar.toUri().toURL()}, null)) {
      KernelPacks.Hit hit = KernelPacks.of(loader).find(TestModules.named("slow")).orElseThrow();
      assertEquals(made.cubin().losses(), hit.found().cubin().losses());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void furtherKernels_areNoFurtherWarnings() {
    KernelCompiler compiler = compiler(LOSS + SPILLS, "0");
    try (LogCapture log = LogCapture.of(KernelQuality.class, Level.ALL)) {
      compiler.compile(TestModules.named("one"));
      compiler.compile(TestModules.named("two"));
      compiler.compile(TestModules.named("two"));
      assertEquals(1, log.messages().size(), log.messages()::toString);
    }
  }

  @Test
  void goodKernel_saysNothing() {
    try (LogCapture log = LogCapture.of(KernelQuality.class)) {
      compiler(GOOD, "0").compile(TestModules.named("good"));
      compiler(GOOD, "1").compile(TestModules.named("good"));
      assertEquals(List.of(), log.messages());
    }
  }

  @Test
  void check_refusesAnIgnoredSetmaxnreg_withoutSpills() {
    KernelCompiler checked = compiler(LOSS + GOOD, "1");
    JitException e =
        assertThrows(JitException.class, () -> checked.compile(TestModules.named("slow")));
    assertEquals("DG-JIT-11", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("C7504"), e.getMessage());
  }
}
