package dev.deepgemm.jit;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaDriver.FunctionInfo;
import dev.deepgemm.driver.CudaException;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.spi.KernelProvider;
import java.lang.System.Logger;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The kernels that are loaded into one context, by identity. A kernel is emitted, compiled and loaded
 * once, however many problems share it.
 */
final class KernelLoader implements AutoCloseable {
  private static final Logger LOG = System.getLogger(KernelLoader.class.getName());

  private final Gpu gpu;
  private final KernelCompiler compiler;
  private final KernelProvider provider;
  private final ConcurrentHashMap<String, LoadedKernel> loaded = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Object> loading = new ConcurrentHashMap<>();

  KernelLoader(Gpu gpu, KernelCompiler compiler, KernelProvider provider) {
    this.gpu = gpu;
    this.compiler = compiler;
    this.provider = provider;
  }

  /** What {@link #load} did. */
  record Outcome(
      LoadedKernel kernel, CacheTier tier, long emitNanos, long assembleNanos, long loadNanos) {}

  /** The kernel if it is loaded. */
  @Nullable LoadedKernel find(KernelSpec spec) {
    return loaded.get(spec.id());
  }

  /** Loads the kernel of a configuration unless it is loaded. */
  Outcome load(GemmConfig config) {
    String id = config.kernel().id();
    LoadedKernel known = loaded.get(id);
    if (known == null) {
      synchronized (loading.computeIfAbsent(id, s -> new Object())) {
        known = loaded.get(id);
        if (known == null) {
          Outcome fresh = emitAndLoad(config);
          loaded.put(id, fresh.kernel);
          loading.remove(id);
          return fresh;
        }
      }
    }
    return new Outcome(known, CacheTier.MEMORY, 0, 0, 0);
  }

  private Outcome emitAndLoad(GemmConfig config) {
    KernelSpec spec = config.kernel();
    long start = System.nanoTime();
    PtxModule module = provider.emit(spec);
    long emitted = System.nanoTime();
    CompiledKernel compiled = compiler.compile(module, config);
    long assembled = System.nanoTime();
    LoadedKernel kernel = load(spec.id(), compiled);
    long loading = System.nanoTime() - assembled;
    compiler.loaded(spec.id(), loading);
    return new Outcome(kernel, compiled.tier(), emitted - start, assembled - emitted, loading);
  }

  private LoadedKernel load(String id, CompiledKernel compiled) {
    CudaDriver driver = gpu.driver();
    long previous = gpu.context().enter();
    try {
      long module = driver.loadModule(compiled.cubin().bytes());
      try {
        // Asking for the function also defeats lazy loading: nothing is left for the first launch,
        // which may happen inside a graph capture.
        long function = driver.function(module, compiled.module().entry());
        FunctionInfo info = driver.functionInfo(function);
        int dynamic = gpu.info().smemPerBlock() - info.staticSmemBytes();
        driver.allowDynamicSmem(function, dynamic);
        return new LoadedKernel(
            id,
            module,
            function,
            dynamic,
            compiled.assembler(),
            compiled.cubin().usage(),
            compiled.cubin().size());
      } catch (CudaException e) {
        try {
          driver.unloadModule(module);
        } catch (CudaException secondary) {
          e.addSuppressed(
              secondary); // a broken context refuses this too; the first error tells why
        }
        throw e;
      }
    } finally {
      gpu.context().leave(previous);
    }
  }

  /** Unloads everything, after waiting for the kernels that still run. */
  @Override
  public void close() {
    if (loaded.isEmpty()) {
      return;
    }
    try {
      gpu.synchronize();
      gpu.context()
          .run(() -> loaded.values().forEach(kernel -> gpu.driver().unloadModule(kernel.module())));
    } catch (CudaException e) {
      // The context is gone or broken and its modules with it; whoever broke it has been told.
      LOG.log(Logger.Level.DEBUG, "cannot unload kernels", e);
    }
    loaded.clear();
  }
}
