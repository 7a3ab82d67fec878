package dev.deepgemm.jit;

import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.FaultyFiles;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.assemble.AssemblerLog;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheFiles;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CubinCache;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A real process that compiles kernels through one cache folder, with an assembler that logs each of its
 * runs. What it gets it compares with what it must get; another result ends it with a failure.
 */
public final class CacheWorker {
  private CacheWorker() {}

  /** Starts one; its output goes to a file of its name. */
  static Process start(Path folder, String name, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(CacheWorker.class.getName(), folder.toString(), name));
    command.addAll(List.of(args));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(new File(folder.toFile(), name + ".log"))
        .start();
  }

  static String log(Path folder, String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  static CubinCache cache(Path folder, CacheFiles files) {
    return new CubinCache(folder.resolve("cache"), files, Long.MAX_VALUE);
  }

  /** The machine code that a kernel must have: long enough that a process can die while it writes it. */
  public static byte[] expected(String kernel, int bytes) {
    byte[] image = new byte[bytes];
    new Random(kernel.hashCode()).nextBytes(image);
    System.arraycopy(FakeAssembler.elf(kernel), 0, image, 0, 64);
    return image;
  }

  public static FakeAssembler assembler(int bytes) {
    return new FakeAssembler(
        "fake",
        "1",
        module ->
            AssemblerLog.cubin(
                expected(module.entry(), bytes), java.util.Optional.empty(), "assembled"));
  }

  static List<String> kernels(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add("kernel" + i);
    }
    return names;
  }

  /** Arguments: folder, name, how, and what the way wants. */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    switch (args[2]) {
      case "together" ->
          together(folder, args[1], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
      case "halt" -> halt(folder, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
      case "forever" -> forever(folder, args[1], Integer.parseInt(args[3]));
      default -> throw new IllegalArgumentException(args[2]);
    }
  }

  /** Waits until all processes are there, then compiles all kernels, each process in its own order. */
  private static void together(Path folder, String name, int processes, int kernels)
      throws Exception {
    Files.writeString(folder.resolve(name + ".ready"), "");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (folder.toFile().list((f, file) -> file.endsWith(".ready")).length < processes) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the other processes did not start");
      }
      Thread.sleep(5);
    }
    FakeAssembler counting =
        new FakeAssembler(
            "fake",
            "1",
            module -> {
              try {
                Files.writeString(
                    folder.resolve(name + ".assembled"),
                    module.entry() + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
                Thread.sleep(100);
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return AssemblerLog.cubin(
                  expected(module.entry(), 50_000), java.util.Optional.empty(), "assembled");
            });
    KernelCompiler compiler =
        new KernelCompiler(
            new Assemblers(List.of(counting), "auto"),
            cache(folder, new CacheFiles()),
            Duration.ofSeconds(60));
    List<String> order = kernels(kernels);
    Collections.shuffle(order, new Random(name.hashCode()));
    for (String kernel : order) {
      check(compiler, kernel, 50_000);
    }
  }

  /** Compiles one kernel and dies at a step, if it takes that many. */
  private static void halt(Path folder, int step, int bytes) {
    KernelCompiler compiler =
        new KernelCompiler(
            new Assemblers(List.of(assembler(bytes)), "auto"),
            cache(folder, FaultyFiles.haltAt(step)));
    check(compiler, "kernel0", bytes);
  }

  /** Publishes kernels again and again until somebody kills it. */
  private static void forever(Path folder, String name, int bytes) throws IOException {
    CubinCache cache = cache(folder, new CacheFiles());
    FakeAssembler assembler = assembler(bytes);
    for (int round = 0; ; round++) {
      for (String kernel : kernels(4)) {
        KernelCompiler fresh =
            new KernelCompiler(new Assemblers(List.of(assembler), "auto"), cache);
        check(fresh, kernel, bytes);
        CacheKey key = CacheKey.of(TestModules.named(kernel), assembler);
        if (round == 0) {
          Files.writeString(folder.resolve(name + ".ready"), "");
        }
        Files.deleteIfExists(cache.manifest(key));
      }
    }
  }

  private static void check(KernelCompiler compiler, String kernel, int bytes) {
    byte[] got = compiler.compile(TestModules.named(kernel)).cubin().bytes();
    if (!Arrays.equals(got, expected(kernel, bytes))) {
      throw new IllegalStateException("wrong bytes for " + kernel);
    }
  }
}
