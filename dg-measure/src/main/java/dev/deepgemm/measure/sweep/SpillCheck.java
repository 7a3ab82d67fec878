package dev.deepgemm.measure.sweep;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.measure.Failures;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.measure.Progress;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Assembles kernels and looks at what their assembler says of registers. */
public final class SpillCheck {
  private final Progress progress;

  public SpillCheck(Progress progress) {
    this.progress = progress;
  }

  /**
   * What the assembler said.
   *
   * @param usages of the kernels of which it said something
   * @param bad what is wrong, by kernel: it spills, is slow by its assembler's word, could not be
   *     assembled, or nothing is known of it
   */
  public record Result(Map<KernelSpec, ResourceUsage> usages, Map<String, String> bad) {
    /** Whether something was assembled and nothing is wrong. */
    public boolean passed() {
      return bad.isEmpty() && !usages.isEmpty();
    }
  }

  /** Assembles the kernels of all cases. */
  public Result run(ArchSpec arch, List<SweepCase> cases, Options options, int threads)
      throws InterruptedException {
    KernelProvider kernels = Kernels.of(arch);
    KernelCompiler compiler = KernelCompiler.create(options);
    Set<KernelSpec> specs = new LinkedHashSet<>();
    cases.forEach(one -> specs.add(one.config().kernel()));
    Map<String, String> bad = new ConcurrentSkipListMap<>();
    Map<KernelSpec, ResourceUsage> usages = new ConcurrentHashMap<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (Progress.Count count = progress.count("assembling", specs.size())) {
      for (KernelSpec spec : specs) {
        pool.execute(
            () -> {
              try {
                CompiledKernel compiled = compiler.compile(kernels.emit(spec));
                compiled.cubin().losses().forEach(loss -> bad.put(spec.id(), loss));
                compiled
                    .cubin()
                    .usage()
                    .ifPresentOrElse(
                        usage -> usages.put(spec, usage),
                        () -> bad.put(spec.id(), compiled.assembler() + " does not tell"));
              } catch (RuntimeException e) {
                bad.put(spec.id(), Failures.message(e));
              }
              count.step();
            });
      }
      pool.shutdown();
      if (!pool.awaitTermination(1, TimeUnit.DAYS)) {
        throw new IllegalStateException("kernels are still being assembled after a day");
      }
    } finally {
      pool.shutdownNow();
    }
    usages.forEach(
        (spec, usage) -> {
          if (usage.spills()) {
            bad.put(
                spec.id(),
                String.format(
                    Locale.ROOT,
                    "spills %d B stored, %d B loaded",
                    usage.spillStores(),
                    usage.spillLoads()));
          }
        });
    return new Result(usages, bad);
  }
}
