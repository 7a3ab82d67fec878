package dev.deepgemm.cli.warmup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.KernelSet;
import dev.deepgemm.heuristics.MRange;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.sm90.Sm90Spec;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dg warmup} as a user calls it, with the embedded assembler. */
class WarmupCommandTest {
  private static final String PRODUCTS = "--shapes 576x7168 --m 1-40 --sms 132";

  @TempDir Path folder;

  @BeforeEach
  void useAFolderOfTheTest() {
    System.setProperty(Options.JIT_CACHE_DIR.property(), folder.resolve("cache").toString());
  }

  @AfterEach
  void restore() {
    System.clearProperty(Options.JIT_CACHE_DIR.property());
  }

  private static CommandRun warmup(String line) {
    return CommandRun.of(("warmup --assembler embedded " + line).split(" "));
  }

  private static List<KernelSpec> kernels() {
    return KernelSet.of(
            ConfigSelector.create(Options.defaults()),
            new Sm90Spec(),
            List.of(GemmDesc.fp8(1, 576, 7168)),
            new MRange(1, 40))
        .kernels();
  }

  @Test
  void warmup_coldThenAgain_saysWhatWasBuiltAndWhatWasThere() {
    int count = kernels().size();
    CommandRun cold = warmup(PRODUCTS);
    assertEquals(0, cold.code(), cold::err);
    assertTrue(
        cold.out().contains(count + " kernels: " + count + " built, 0 were there, 0 failed"),
        cold::out);
    assertTrue(cold.out().contains("embedded 12."), cold::out);
    CommandRun again = warmup(PRODUCTS);
    assertTrue(
        again.out().contains(count + " kernels: 0 built, " + count + " were there, 0 failed"),
        again::out);
    assertTrue(again.out().contains("cache folder  "), again::out);
  }

  /** What a pack is for: nothing to compile with, nothing to write to, and the kernels are there. */
  @Test
  void pack_onAClassPath_servesAProcessThatCanNeitherCompileNorWrite() throws IOException {
    Path jar = folder.resolve("kernels.jar");
    CommandRun run = warmup(PRODUCTS + " --pack " + jar);
    assertEquals(0, run.code(), run::err);
    assertTrue(run.out().contains("make packs with --assembler driver or ptxas"), run::out);
    try (JarFile opened = new JarFile(jar.toFile())) {
      long cubins = opened.stream().filter(e -> e.getName().endsWith(".cubin")).count();
      assertEquals(kernels().size(), cubins);
      assertEquals("sm_90a", opened.getManifest().getMainAttributes().getValue("DeepGEMM-Targets"));
    }
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      // No ptxas on the path of these options, and no driver is asked for.
      KernelCompiler compiler =
          KernelCompiler.create(
              Options.defaults()
                  .with(Options.JIT_ASSEMBLER, "ptxas")
                  .with(Options.JIT_CACHE_DIR, folder.resolve("never").toString()));
      for (KernelSpec kernel : kernels()) {
        assertEquals(
            CacheTier.PACK,
            compiler.compile(new Sm90Spec().kernels().orElseThrow().emit(kernel)).tier());
      }
      assertEquals(0, compiler.stats().assembled());
      assertEquals(kernels().size(), compiler.stats().fromPack());
      assertFalse(Files.exists(folder.resolve("never")));
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void models_listed_nameTheirSource() {
    CommandRun run = CommandRun.of("warmup", "--models");
    assertEquals(0, run.code());
    assertTrue(
        run.lines().stream()
            .anyMatch(
                line ->
                    line.startsWith("deepseek-v3 ") && line.contains("deepseek-ai/DeepSeek-V3")),
        run::out);
  }

  @Test
  void options_thatAreWrong_areRefused() {
    CommandRun threads = warmup(PRODUCTS + " --threads 0");
    assertEquals(ExitCode.USAGE, threads.code());
    assertTrue(threads.err().contains("DG-WARM-01"), threads::err);
    CommandRun assembler = CommandRun.of(("warmup --assembler nasm " + PRODUCTS).split(" "));
    assertEquals(ExitCode.USAGE, assembler.code());
    assertTrue(assembler.err().contains("DG-OPT-01"), assembler::err);
  }

  @Test
  void kindWithoutKernels_isRefusedBeforeAnythingIsCompiled() {
    CommandRun run = warmup("--shapes 4096x7168 --m 1-8 --kind k-grouped-contiguous --groups 4");
    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("DG-KERN-01"), run::err);
    assertFalse(Files.exists(folder.resolve("cache")));
  }
}
