package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheFiles;
import dev.deepgemm.jit.internal.cache.CacheFolder;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CubinCache.Lookup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clauses of the lifecycle that only real processes can break. */
class LifecycleTest {
  private static final int BYTES = 3 << 20;

  @TempDir Path folder;

  @Test
  void sixteenProcesses_onAColdFolder_assembleEachKernelOnce() throws Exception {
    int processes = 16;
    int kernels = 6;
    List<Process> workers = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      workers.add(
          CacheWorker.start(
              folder,
              "worker" + i,
              "together",
              Integer.toString(processes),
              Integer.toString(kernels)));
    }
    for (int i = 0; i < processes; i++) {
      assertTrue(workers.get(i).waitFor(180, TimeUnit.SECONDS), "worker" + i);
      assertEquals(0, workers.get(i).exitValue(), CacheWorker.log(folder, "worker" + i));
    }
    List<String> assembled = new ArrayList<>();
    try (Stream<Path> logs = Files.list(folder)) {
      for (Path log : logs.filter(file -> file.toString().endsWith(".assembled")).toList()) {
        assembled.addAll(Files.readAllLines(log));
      }
    }
    assertEquals(
        CacheWorker.kernels(kernels), assembled.stream().sorted().toList(), "each of them once");
    CacheFolder.Listing left = new CacheFolder(folder.resolve("cache"), new CacheFiles()).list();
    assertEquals(kernels, left.entries().size());
    assertEquals(List.of(), left.leftovers(), "no locks, no temporaries");
  }

  /** Dies before each step, in the middle of each write, and after the last step. */
  @Test
  void deathAtAnyStep_leavesNothingThatIsTrusted() throws Exception {
    int deaths = 0;
    for (int step = 1; ; step++) {
      Path own = Files.createDirectory(folder.resolve("step" + step));
      Process worker = CacheWorker.start(own, "worker", "halt", Integer.toString(step), "100000");
      assertTrue(worker.waitFor(60, TimeUnit.SECONDS));
      String log = CacheWorker.log(own, "worker");
      if (worker.exitValue() == 0) {
        assertInstanceOf(Lookup.Hit.class, kernel0(own, 100_000), "it published in the end");
        break;
      }
      assertEquals(137, worker.exitValue(), log);
      deaths++;
      checkNextProcess(own, "step " + step);
    }
    // Lock folder, lock, try; then for each of two files: two steps of writing, renaming, forcing.
    assertTrue(deaths >= 11, "steps that were tried: " + deaths);
  }

  private Lookup kernel0(Path own, int bytes) {
    CacheKey key = CacheKey.of(TestModules.named("kernel0"), CacheWorker.assembler(bytes));
    return CacheWorker.cache(own, new CacheFiles()).check(key);
  }

  /** What is left is a whole entry or none, never a bad one; the next process gets its kernel at once. */
  private void checkNextProcess(Path own, String when) {
    Lookup left = kernel0(own, 100_000);
    assertFalse(left instanceof Lookup.Bad, when + ": " + left);
    if (left instanceof Lookup.Hit hit) {
      assertArrayEquals(CacheWorker.expected("kernel0", 100_000), hit.cubin().bytes(), when);
    }
    long start = System.nanoTime();
    KernelCompiler next =
        new KernelCompiler(
            new Assemblers(List.of(CacheWorker.assembler(100_000)), "auto"),
            CacheWorker.cache(own, new CacheFiles()),
            Duration.ofSeconds(30));
    assertArrayEquals(
        CacheWorker.expected("kernel0", 100_000),
        next.compile(TestModules.named("kernel0")).cubin().bytes());
    assertTrue(
        System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20),
        when + ": the lock of a dead process is waited for");
    assertInstanceOf(Lookup.Hit.class, kernel0(own, 100_000), when);
  }

  /** SIGKILL from outside, at times that nobody chose. */
  @Test
  void killsAtRandomTimes_leaveNothingThatIsTrusted() throws Exception {
    Random random = new Random(42);
    int partial = 0;
    for (int round = 0; round < 8; round++) {
      String name = "victim" + round;
      Process victim = CacheWorker.start(folder, name, "forever", Integer.toString(BYTES));
      try {
        awaitReady(victim, name);
        Thread.sleep(random.nextInt(150));
      } finally {
        victim.destroyForcibly();
      }
      assertTrue(victim.waitFor(30, TimeUnit.SECONDS));
      assertEquals(137, victim.exitValue(), CacheWorker.log(folder, name));
      for (String kernel : CacheWorker.kernels(4)) {
        CacheKey key = CacheKey.of(TestModules.named(kernel), CacheWorker.assembler(BYTES));
        Lookup left = CacheWorker.cache(folder, new CacheFiles()).check(key);
        assertFalse(left instanceof Lookup.Bad, round + ": " + left);
        if (left instanceof Lookup.Hit hit) {
          assertArrayEquals(CacheWorker.expected(kernel, BYTES), hit.cubin().bytes());
        }
      }
      partial +=
          new CacheFolder(folder.resolve("cache"), new CacheFiles()).list().leftovers().size();
    }
    assertTrue(partial > 0, "no kill hit a publication: the test shows nothing");
  }

  private void awaitReady(Process victim, String name) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.exists(folder.resolve(name + ".ready"))) {
      assertTrue(victim.isAlive(), CacheWorker.log(folder, name));
      assertTrue(System.nanoTime() < deadline, "it did not start");
      Thread.sleep(5);
    }
  }
}
