package dev.deepgemm.cli.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.sm90.Sm90Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dg cache} on a folder that {@code dg warmup} filled. */
class CacheCommandTest {
  @TempDir Path folder;

  private int kernels;

  @BeforeEach
  void fill() throws IOException {
    // A mode that forbids compiling is for servers; warming up is not serving.
    System.setProperty(Options.JIT_MODE.property(), "never");
    System.setProperty(Options.JIT_CACHE_DIR.property(), folder.toString());
    CommandRun run =
        CommandRun.of(
            "warmup --assembler embedded --shapes 576x7168 --m 1-40 --sms 132".split(" "));
    assertEquals(0, run.code(), run::err);
    kernels = files(".cubin").size();
    assertTrue(kernels > 1);
  }

  @AfterEach
  void restore() {
    System.clearProperty(Options.JIT_MODE.property());
    System.clearProperty(Options.JIT_CACHE_DIR.property());
  }

  private List<Path> files(String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("cubin-v1"))) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  @Test
  void ls_listsEveryKernel_withItsAssembler() {
    CommandRun run = CommandRun.of("cache", "ls");
    assertEquals(0, run.code(), run::err);
    assertEquals(kernels + 2, run.lines().size(), run::out);
    assertTrue(run.out().contains("embedded 12."), run::out);
    assertTrue(run.out().contains("sm90_gemm_fp8"), run::out);
    assertTrue(run.out().contains(kernels + " kernels, "), run::out);
  }

  @Test
  void verify_damage_isFoundAndRemoved() throws IOException {
    assertEquals(0, CommandRun.of("cache", "verify").code());
    Path victim = files(".cubin").get(0);
    byte[] bytes = Files.readAllBytes(victim);
    bytes[bytes.length / 2] ^= 1;
    Files.write(victim, bytes);
    CommandRun found = CommandRun.of("cache", "verify");
    assertEquals(1, found.code());
    assertTrue(found.out().contains("SHA-256"), found::out);
    assertTrue(found.out().contains("1 damaged"), found::out);
    CommandRun removed = CommandRun.of("cache", "verify", "--remove");
    assertEquals(0, removed.code());
    assertFalse(Files.exists(victim));
    assertTrue(CommandRun.of("cache", "verify").out().contains("0 damaged"));
  }

  @Test
  void prune_takesWhatWasNotUsed() throws IOException {
    Files.setLastModifiedTime(
        files(".manifest").get(0), FileTime.from(Instant.now().minus(Duration.ofDays(40))));
    CommandRun run = CommandRun.of("cache", "prune", "--unused-for", "30");
    assertEquals(0, run.code(), run::err);
    assertTrue(run.out().contains("removed 1 kernels"), run::out);
    assertEquals(kernels - 1, files(".cubin").size());
  }

  @Test
  void prune_illegalLimits_areRefused() {
    CommandRun run = CommandRun.of("cache", "prune", "--max-mb", "-1");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("DG-CACHE-02"), run::err);
  }

  @Test
  void clear_ofAnotherFolder_leavesThisOne(@TempDir Path other) throws IOException {
    assertEquals(0, CommandRun.of("cache", "clear", "--dir", other.toString()).code());
    assertEquals(kernels, files(".cubin").size());
    CommandRun run = CommandRun.of("cache", "clear");
    assertTrue(run.out().contains("removed " + kernels + " kernels"), run::out);
    assertEquals(List.of(), files(""));
  }

  @Test
  void cacheAlone_saysWhatThereIs() {
    CommandRun run = CommandRun.of("cache");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("ls, verify, prune and clear"), run::err);
  }

  /** What a process that must not compile tells its operator to run is a legal command, and it helps. */
  @Test
  void commandOfARefusal_warmsTheKernel() {
    Sm90Spec arch = new Sm90Spec();
    GemmDesc desc = GemmDesc.bf16(64, 512, 1024, DataType.FP32).withSmLimit(132);
    GemmConfig config = ConfigSelector.create(Options.defaults()).select(arch, desc);
    PtxModule module = arch.kernels().orElseThrow().emit(config.kernel());
    Options options = Options.fromEnvironment().with(Options.JIT_ASSEMBLER, "embedded");
    KernelCompiler never = KernelCompiler.create(options);
    JitException refused = assertThrows(JitException.class, () -> never.compile(module, config));
    String message = refused.getMessage();
    String command = message.substring(message.lastIndexOf("dg warmup ") + 3);
    CommandRun warmed = CommandRun.of((command + " --assembler embedded").split(" "));
    assertEquals(0, warmed.code(), warmed::err);
    assertEquals(CacheTier.DISK, never.compile(module, config).tier());
  }
}
