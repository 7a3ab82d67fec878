package dev.deepgemm.cli;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Options;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.ResourceUsage;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Assembles kernels and looks at what their assembler says of registers. */
final class SpillCheck {
  private final PrintWriter out;
  private final Progress progress;

  SpillCheck(PrintWriter out, Progress progress) {
    this.out = out;
    this.progress = progress;
  }

  /** Whether no kernel spills or is slow by its assembler's word, each could be assembled, and it told. */
  boolean run(ArchSpec arch, List<SweepCase> cases, Options options, int threads)
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
                bad.put(spec.id(), SweepRunner.message(e));
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
    return report(usages, bad);
  }

  private boolean report(Map<KernelSpec, ResourceUsage> usages, Map<String, String> bad) {
    Map<String, int[]> groups = new TreeMap<>();
    usages.forEach(
        (spec, usage) -> {
          String name =
              String.format(
                  Locale.ROOT,
                  "%s -> %s, tile %3dx%3d",
                  spec.abType(),
                  spec.cdType(),
                  spec.tile().m(),
                  spec.tile().n());
          int[] sums = groups.computeIfAbsent(name, key -> new int[4]);
          sums[0]++;
          sums[1] = Math.max(sums[1], usage.registers());
          sums[2] += usage.spills() ? 1 : 0;
          sums[3] = Math.max(sums[3], usage.spillStores() + usage.spillLoads());
          if (usage.spills()) {
            bad.put(
                spec.id(),
                GemmReport.note(
                    "spills %d B stored, %d B loaded", usage.spillStores(), usage.spillLoads()));
          }
        });
    TextTable table = new TextTable("kind", "kernels", "registers", "spilling", "most bytes");
    groups.forEach((name, sums) -> table.row(name, sums[0], sums[1], sums[2], sums[3]));
    table.print(out, "");
    bad.forEach((id, what) -> out.println("WRONG    " + id + ": " + what));
    boolean passed = bad.isEmpty() && !usages.isEmpty();
    out.println(passed ? "ok" : "FAILED");
    out.flush();
    return passed;
  }
}
