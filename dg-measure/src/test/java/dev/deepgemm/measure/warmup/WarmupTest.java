package dev.deepgemm.measure.warmup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.KernelSet;
import dev.deepgemm.heuristics.MRange;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.workloads.files.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmupTest {
  private static final KernelProvider SM90 = new Sm90Spec().kernels().orElseThrow();

  @TempDir Path folder;

  private static List<KernelSpec> kernels() {
    return KernelSet.of(
            ConfigSelector.create(Options.defaults()),
            new Sm90Spec(),
            List.of(GemmDesc.fp8(1, 576, 7168)),
            new MRange(1, 600))
        .kernels();
  }

  /** The embedded assembler: it is there on every machine that the tests run on. */
  private KernelCompiler compiler() {
    return KernelCompiler.create(
        Options.defaults()
            .with(Options.JIT_CACHE_DIR, folder.toString())
            .with(Options.JIT_ASSEMBLER, "embedded")
            .with(Options.JIT_PACKS, "0"));
  }

  @Test
  void run_coldThenAgain_buildsOnce() {
    List<KernelSpec> kernels = kernels();
    assertTrue(kernels.size() >= 4, kernels::toString);
    Set<KernelSpec> seen = new HashSet<>();
    Warmup.Report cold = new Warmup(SM90, compiler()::compile, 2).run(kernels, seen::add);
    assertEquals(List.of(), cold.failures());
    assertEquals(kernels, cold.kernels().stream().map(Warmup.Warm::spec).toList());
    assertEquals(new HashSet<>(kernels), seen);
    assertEquals(kernels.size(), cold.built());

    Warmup.Report again = new Warmup(SM90, compiler()::compile, 2).run(kernels, kernel -> {});
    assertEquals(0, again.built());
    again
        .kernels()
        .forEach(
            kernel -> assertEquals(CacheTier.DISK, kernel.compiled().tier(), kernel::toString));
  }

  @Test
  void run_afterAnInterruption_buildsTheRestOnly() {
    List<KernelSpec> kernels = kernels();
    KernelCompiler first = compiler();
    first.compile(SM90.emit(kernels.get(0)));
    first.compile(SM90.emit(kernels.get(2)));
    Warmup.Report rest = new Warmup(SM90, compiler()::compile, 2).run(kernels, kernel -> {});
    assertEquals(kernels.size() - 2, rest.built());
    assertEquals(CacheTier.DISK, rest.kernels().get(0).compiled().tier());
    assertEquals(CacheTier.DISK, rest.kernels().get(2).compiled().tier());
  }

  @Test
  void run_severalThreads_workAtTheSameTimeAndNotOnTheCallers() {
    KernelCompiler real = compiler();
    CyclicBarrier bothInside = new CyclicBarrier(2);
    Set<Thread> workers = ConcurrentHashMap.newKeySet();
    Function<PtxModule, CompiledKernel> meeting =
        module -> {
          workers.add(Thread.currentThread());
          try {
            bothInside.await(30, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          return real.compile(module);
        };
    List<Thread> told = new ArrayList<>();
    new Warmup(SM90, meeting, 2)
        .run(kernels().subList(0, 4), kernel -> told.add(Thread.currentThread()));
    assertEquals(2, workers.size());
    assertFalse(workers.contains(Thread.currentThread()));
    assertEquals(Set.of(Thread.currentThread()), new HashSet<>(told));
  }

  @Test
  void run_kernelsThatFail_doNotStopTheOthersAndAreAllTold() {
    KernelCompiler real = compiler();
    List<KernelSpec> kernels = kernels().subList(0, 4);
    Set<String> broken = Set.of(kernels.get(1).id(), kernels.get(3).id());
    Function<PtxModule, CompiledKernel> failing =
        module -> {
          if (broken.contains(module.entry())) {
            throw new InputException(Problem.of("DG-TEST-01", "no %s", module.entry()));
          }
          return real.compile(module);
        };
    Warmup.Report report = new Warmup(SM90, failing, 2).run(kernels, kernel -> {});
    assertEquals(2, report.kernels().size());
    assertEquals(
        List.of("no " + kernels.get(1).id(), "no " + kernels.get(3).id()),
        report.failures().stream().map(Problem::message).toList());
  }

  @Test
  void run_defectInACompiler_isNotSwallowed() {
    Function<PtxModule, CompiledKernel> defect =
        module -> {
          throw new IllegalArgumentException("a defect");
        };
    Warmup warmup = new Warmup(SM90, defect, 1);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> warmup.run(kernels().subList(0, 1), kernel -> {}));
    assertEquals("a defect", e.getCause().getMessage());
  }

  @Test
  void unsupported_kernelOfAnotherArchitecture_isAProblem() {
    List<KernelSpec> kernels =
        KernelSet.of(
                ConfigSelector.create(Options.defaults()),
                new dev.deepgemm.sm100.Sm100Spec(),
                List.of(GemmDesc.bf16(1, 576, 7168, dev.deepgemm.api.DataType.BF16)),
                new MRange(1, 2))
            .kernels();
    List<Problem> problems = Warmup.unsupported(SM90, kernels);
    assertEquals(kernels.size(), problems.size());
    assertEquals("DG-KERN-01", problems.get(0).id());
    assertEquals(List.of(), Warmup.unsupported(SM90, kernels()));
  }
}
