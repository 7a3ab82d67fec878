package dev.deepgemm.measure.warmup;

import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Emits and compiles kernels on several threads, while the caller's thread only watches.
 *
 * <p>Resumable without any state of its own: a kernel is in the cache folder as soon as it is compiled,
 * so a warm-up that was stopped starts over and finds what it had done. The same holds for two machines
 * that share a folder.
 *
 * <p>A kernel that fails does not stop the others; what failed is told at the end, all of it.
 */
public final class Warmup {
  private final KernelProvider provider;
  private final Function<PtxModule, CompiledKernel> compiler;
  private final int threads;

  /**
   * @param compiler {@link dev.deepgemm.jit.KernelCompiler#compile}, or what a test puts in its place
   */
  public Warmup(
      KernelProvider provider, Function<PtxModule, CompiledKernel> compiler, int threads) {
    this.provider = provider;
    this.compiler = compiler;
    this.threads = threads;
  }

  /** Hears of every kernel when it is there, on the caller's thread. */
  @FunctionalInterface
  public interface Progress {
    void done(KernelSpec kernel);
  }

  /**
   * A kernel that is there now.
   *
   * @param spec which
   * @param emitNanos time to write its PTX
   * @param compiled its machine code and where it came from
   */
  public record Warm(KernelSpec spec, long emitNanos, CompiledKernel compiled) {}

  /**
   * What a warm-up did.
   *
   * @param kernels those that are there, in the order of the set
   * @param failures why the others are not
   * @param nanos wall time
   */
  public record Report(List<Warm> kernels, List<Problem> failures, long nanos) {
    public Report {
      kernels = List.copyOf(kernels);
      failures = List.copyOf(failures);
    }

    /** Kernels that came from there. */
    public long count(CacheTier tier) {
      return kernels.stream().filter(kernel -> kernel.compiled().tier() == tier).count();
    }

    /** Kernels that were assembled now. */
    public long built() {
      return count(CacheTier.ASSEMBLED);
    }
  }

  /** Compiles the kernels; returns when all are done. */
  public Report run(List<KernelSpec> kernels, Progress progress) {
    long start = System.nanoTime();
    ExecutorService pool = Executors.newFixedThreadPool(threads, new Daemons());
    try {
      ExecutorCompletionService<Warm> finished = new ExecutorCompletionService<>(pool);
      List<Future<Warm>> futures = new ArrayList<>();
      for (KernelSpec kernel : kernels) {
        futures.add(finished.submit(() -> warm(kernel)));
      }
      for (int done = 0; done < kernels.size(); done++) {
        int which = futures.indexOf(finished.take());
        progress.done(kernels.get(which));
      }
      return report(futures, start);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException(
          Problem.of(
              "DG-WARM-02",
              "interrupted; what was compiled is in the cache folder, and the next warm-up goes on"
                  + " from there"),
          e);
    } finally {
      pool.shutdownNow();
    }
  }

  private Warm warm(KernelSpec kernel) {
    long start = System.nanoTime();
    PtxModule module = provider.emit(kernel);
    long emitted = System.nanoTime();
    return new Warm(kernel, emitted - start, compiler.apply(module));
  }

  private static Report report(List<Future<Warm>> futures, long start) throws InterruptedException {
    List<Warm> warm = new ArrayList<>();
    List<Problem> failures = new ArrayList<>();
    for (Future<Warm> future : futures) {
      try {
        warm.add(future.get());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof DeepGemmException known) {
          failures.addAll(known.problems());
        } else {
          throw new IllegalStateException("a kernel failed in an unknown way", e.getCause());
        }
      }
    }
    return new Report(warm, failures, System.nanoTime() - start);
  }

  /** Problems of kernels that cannot be emitted at all; empty if all can. */
  public static List<Problem> unsupported(KernelProvider provider, List<KernelSpec> kernels) {
    List<Problem> problems = new ArrayList<>();
    for (KernelSpec kernel : kernels) {
      Legality legality = provider.canEmit(kernel);
      if (!legality.isLegal()) {
        problems.add(
            Problem.of("DG-KERN-01", "cannot emit %s: %s", kernel.id(), legality.reason()));
      }
    }
    return problems;
  }

  /** Threads that do not keep a process alive that has been told to stop. */
  private static final class Daemons implements ThreadFactory {
    private final AtomicInteger number = new AtomicInteger();

    @Override
    public Thread newThread(Runnable work) {
      Thread thread = new Thread(work, "dg-warmup-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    }
  }
}
