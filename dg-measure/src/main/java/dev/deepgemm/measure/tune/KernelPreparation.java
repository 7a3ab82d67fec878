package dev.deepgemm.measure.tune;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.measure.Failures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * Has kernels ready before they are measured.
 *
 * <p>Assembling is most of the work and runs ahead on all threads, in the order in which the kernels will
 * be wanted. Loading touches the device and would disturb what is being measured there, so it waits until
 * a problem's turn has come.
 */
public final class KernelPreparation implements AutoCloseable {
  private final Consumer<GemmConfig> compile;
  private final Consumer<GemmConfig> load;
  private final ExecutorService compilers;
  private final ExecutorService loaders;
  private final Map<String, CompletableFuture<Void>> compiled = new ConcurrentHashMap<>();

  /**
   * @param compile makes a kernel's machine code, on any thread
   * @param load makes it ready for launch, on any thread
   */
  public KernelPreparation(Consumer<GemmConfig> compile, Consumer<GemmConfig> load, int threads) {
    this.compile = compile;
    this.load = load;
    this.compilers = pool("compiler", threads);
    this.loaders = pool("loader", threads);
  }

  private static ExecutorService pool(String name, int threads) {
    return Executors.newFixedThreadPool(
        threads,
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Begins to compile what is wanted, the first first. */
  public void begin(List<TuneProblem> problems) {
    for (TuneProblem problem : problems) {
      problem.candidates().forEach(this::compiling);
    }
  }

  private CompletableFuture<Void> compiling(GemmConfig config) {
    return compiled.computeIfAbsent(
        config.kernel().id(),
        id -> CompletableFuture.runAsync(() -> compile.accept(config), compilers));
  }

  /**
   * Waits for kernels and loads them.
   *
   * @return what is wrong with those that could not be, by the kernel's id
   */
  public Map<String, String> load(List<GemmConfig> configs) {
    // Everything is compiled before anything is loaded: a device's first loads are its last wait.
    configs.forEach(this::compiling);
    List<CompletableFuture<Void>> loading = new ArrayList<>();
    for (GemmConfig config : configs) {
      loading.add(compiling(config).thenRunAsync(() -> load.accept(config), loaders));
    }
    Map<String, String> broken = new LinkedHashMap<>();
    for (int i = 0; i < configs.size(); i++) {
      try {
        loading.get(i).join();
      } catch (CompletionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        broken.put(configs.get(i).kernel().id(), Failures.message(cause));
      }
    }
    return broken;
  }

  @Override
  public void close() {
    compilers.shutdownNow();
    loaders.shutdownNow();
  }
}
