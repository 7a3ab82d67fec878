package dev.deepgemm.jit;

import dev.deepgemm.api.JitMode;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.Once;
import dev.deepgemm.jit.internal.assemble.Assembler;
import dev.deepgemm.jit.internal.assemble.Assemblers;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CacheLock;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.internal.cache.CubinCache.Lookup;
import dev.deepgemm.jit.internal.cache.KernelPacks;
import dev.deepgemm.jit.internal.cache.Manifest;
import dev.deepgemm.jit.internal.compile.JitListeners;
import dev.deepgemm.jit.internal.compile.JitSettings;
import dev.deepgemm.jit.internal.compile.KernelQuality;
import dev.deepgemm.jit.internal.compile.LineInfo;
import dev.deepgemm.jit.internal.compile.MissingKernel;
import dev.deepgemm.jit.kernel.AssemblerStatus;
import dev.deepgemm.jit.kernel.CacheStats;
import dev.deepgemm.jit.kernel.CacheTier;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.JitListener;
import dev.deepgemm.jit.kernel.JitStats;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * From PTX to a cubin, through the cache. This is the lifecycle of a kernel, stated once:
 *
 * <ol>
 *   <li><b>Key.</b> SHA-256 over the PTX bytes, the exact target, the assembler's id and full version,
 *       and its options. No path, no time, no build order.
 *   <li><b>Memory.</b> A process assembles and reads a kernel once.
 *   <li><b>Packs</b> on the class path, read-only, made by {@code dg warmup --pack}; they answer before an
 *       assembler is looked for, by the hash of PTX and target alone.
 *   <li><b>Disk.</b> The cache folder; what fails its check is not used, whatever the reason.
 *   <li><b>Lock</b>, so that one process works and the others wait. It saves work; correctness never
 *       needs it.
 *   <li><b>Disk again</b>: the one who had the lock may have built it. What is still bad is set aside.
 *   <li><b>Assemble.</b>
 *   <li><b>Publish</b>: temporary, force to the device, rename; payload first, then the manifest with
 *       size and SHA-256.
 *   <li><b>Load</b>: the cubin that this process built or checked, never a file that was not.
 * </ol>
 *
 * <p><b>Modes</b> ({@code DG_JIT_MODE}). {@code auto} does the above. {@code warn} also logs each assembly
 * with shape, key and caller. {@code never} stops before the lock and throws {@code DG-JIT-10}; it looks
 * under the keys of all assemblers that work here and not of the first choice alone, because what the
 * warm-up had may have been another one.
 *
 * <p>Needs no GPU, which one assembler alone does, the driver's linker. Safe for use by several threads; two threads that want one kernel build
 * it once.
 */
public final class KernelCompiler {
  private static final Logger LOG = System.getLogger(KernelCompiler.class.getName());

  // Far above any assembly that was measured with the driver or ptxas (under 1 s); a holder that
  // takes longer is stuck, and waiting costs more than building.
  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(60);

  private final Assemblers assemblers;
  private final KernelPacks packs;
  private final CubinCache disk;
  private final Duration lockTimeout;
  private final JitSettings settings;
  private final JitListeners listeners;
  private final KernelQuality quality;
  private final ConcurrentHashMap<String, Cubin> memory = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Object> building = new ConcurrentHashMap<>();

  private final LongAdder assembled = new LongAdder();
  private final LongAdder assembleNanos = new LongAdder();
  private final LongAdder fromPack = new LongAdder();
  private final LongAdder fromDisk = new LongAdder();
  private final LongAdder fromMemory = new LongAdder();
  private final LongAdder setAside = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder loaded = new LongAdder();
  private final LongAdder loadNanos = new LongAdder();

  KernelCompiler(Assemblers assemblers, CubinCache disk) {
    this(assemblers, disk, LOCK_TIMEOUT);
  }

  KernelCompiler(Assemblers assemblers, CubinCache disk, Duration lockTimeout) {
    this(assemblers, KernelPacks.none(), disk, lockTimeout);
  }

  KernelCompiler(Assemblers assemblers, KernelPacks packs, CubinCache disk, Duration lockTimeout) {
    this(assemblers, packs, disk, lockTimeout, JitSettings.defaults());
  }

  KernelCompiler(
      Assemblers assemblers,
      KernelPacks packs,
      CubinCache disk,
      Duration lockTimeout,
      JitSettings settings) {
    this.assemblers = assemblers;
    this.packs = packs;
    this.disk = disk;
    this.lockTimeout = lockTimeout;
    this.settings = settings;
    this.listeners = new JitListeners(settings.listeners());
    this.quality = new KernelQuality(settings.refuseSlowCode());
  }

  /**
   * A compiler on its own, for tools. A GPU is looked for only when no other assembler takes a module, or
   * the options ask for the driver's linker.
   *
   * @throws dev.deepgemm.api.OptionException if an option that it needs is not legal
   */
  public static KernelCompiler create(Options options) {
    return create(options, new Once<>(Gpu::find));
  }

  static KernelCompiler create(Options options, Supplier<Gpu.Search> search) {
    return new KernelCompiler(
        Assemblers.of(options, () -> search.get().context()),
        KernelPacks.of(options),
        CubinCache.of(options),
        LOCK_TIMEOUT,
        JitSettings.of(options));
  }

  /**
   * The machine code of a module, assembled at most once per cache folder.
   *
   * @throws JitException if the PTX is wrong ({@code DG-JIT-01}), nothing can assemble it ({@code
   *     DG-JIT-02}, {@code DG-JIT-03}), nothing may ({@code DG-JIT-10}), or it spills or is otherwise known
   *     to be slow and the options forbid that ({@code DG-JIT-11})
   */
  public CompiledKernel compile(PtxModule module) {
    return compile(module, Optional.empty());
  }

  /** {@link #compile(PtxModule)}, on behalf of a problem that errors and warnings then name. */
  public CompiledKernel compile(PtxModule module, GemmConfig problem) {
    return compile(module, Optional.of(problem));
  }

  private CompiledKernel compile(PtxModule plain, Optional<GemmConfig> problem) {
    long start = System.nanoTime();
    PtxModule module = settings.lineInfo() ? LineInfo.annotate(plain) : plain;
    CompiledKernel kernel =
        packs
            .find(module)
            .map(hit -> packed(module, hit, start))
            .orElseGet(() -> unpacked(module, problem, start));
    quality.judge(kernel);
    listeners.found(kernel);
    return kernel;
  }

  private CompiledKernel packed(PtxModule module, KernelPacks.Hit hit, long start) {
    (hit.known() ? fromMemory : fromPack).increment();
    return new CompiledKernel(
        module,
        hit.found().cubin(),
        hit.known() ? CacheTier.MEMORY : CacheTier.PACK,
        hit.found().note("assembler"),
        hit.found().note("options"),
        System.nanoTime() - start);
  }

  private CompiledKernel unpacked(PtxModule module, Optional<GemmConfig> problem, long start) {
    if (settings.mode() == JitMode.NEVER) {
      return existing(module, problem, start);
    }
    Assembler assembler = assemblers.choose(module);
    Found found = find(CacheKey.of(module, assembler), module, assembler, problem);
    return compiled(module, found, assembler, start);
  }

  private static CompiledKernel compiled(
      PtxModule module, Found found, Assembler assembler, long start) {
    return new CompiledKernel(
        module,
        found.cubin,
        found.tier,
        assembler.id() + " " + assembler.version(),
        String.join(" ", assembler.options(module.target())),
        System.nanoTime() - start);
  }

  /** What somebody compiled before, by any assembler that works here; in a process that must not. */
  private CompiledKernel existing(PtxModule module, Optional<GemmConfig> problem, long start) {
    List<String> looked = new ArrayList<>();
    for (Assembler assembler : assemblers.candidates()) {
      if (!Assemblers.able(assembler, module)) {
        continue;
      }
      CacheKey key = CacheKey.of(module, assembler);
      Cubin known = memory.get(key.hex());
      if (known != null) {
        fromMemory.increment();
        return compiled(module, new Found(known, CacheTier.MEMORY), assembler, start);
      }
      Lookup found = disk.read(key);
      if (found instanceof Lookup.Hit hit) {
        fromDisk.increment();
        memory.put(key.hex(), hit.cubin());
        return compiled(module, new Found(hit.cubin(), CacheTier.DISK), assembler, start);
      }
      looked.add(
          key
              + " ("
              + assembler.id()
              + " "
              + assembler.version()
              + (found instanceof Lookup.Bad bad ? ", there but " + bad.reason() : "")
              + ")");
    }
    refused.increment();
    throw MissingKernel.refused(
        module, problem, looked.isEmpty() ? List.of("any key, without an assembler") : looked);
  }

  private record Found(Cubin cubin, CacheTier tier) {}

  private Found find(
      CacheKey key, PtxModule module, Assembler assembler, Optional<GemmConfig> problem) {
    String name = key.hex();
    Cubin known = memory.get(name);
    if (known == null) {
      synchronized (building.computeIfAbsent(name, k -> new Object())) {
        known = memory.get(name);
        if (known == null) {
          Found found = fromDiskOrBuilt(key, module, assembler, problem);
          memory.put(name, found.cubin);
          building.remove(name);
          return found;
        }
      }
    }
    fromMemory.increment();
    return new Found(known, CacheTier.MEMORY);
  }

  private Found fromDiskOrBuilt(
      CacheKey key, PtxModule module, Assembler assembler, Optional<GemmConfig> problem) {
    if (disk.read(key) instanceof Lookup.Hit hit) {
      fromDisk.increment();
      return new Found(hit.cubin(), CacheTier.DISK);
    }
    try (CacheLock held = disk.lock(key, lockTimeout, () -> valid(key))) {
      Lookup again = disk.read(key);
      if (again instanceof Lookup.Hit hit) {
        fromDisk.increment();
        return new Found(hit.cubin(), CacheTier.DISK);
      }
      if (again instanceof Lookup.Bad bad) {
        setAside.increment();
        disk.setAside(key, bad.reason());
      }
      Cubin cubin = assembled(key, module, assembler, problem);
      disk.publish(key, cubin, Manifest.of(key, cubin, module, assembler));
      return new Found(cubin, CacheTier.ASSEMBLED);
    }
  }

  private Cubin assembled(
      CacheKey key, PtxModule module, Assembler assembler, Optional<GemmConfig> problem) {
    if (settings.mode() == JitMode.WARN) {
      // The whole text as it is: a brace in it is no placeholder.
      LOG.log(Logger.Level.WARNING, "{0}", MissingKernel.compiled(module, problem, key));
    }
    listeners.assembling(module, assembler.command(module));
    long start = System.nanoTime();
    Cubin cubin = checked(assembler.assemble(module), module, assembler);
    assembled.increment();
    assembleNanos.add(System.nanoTime() - start);
    return cubin;
  }

  private boolean valid(CacheKey key) {
    return disk.published(key) && disk.check(key) instanceof Lookup.Hit;
  }

  /** An assembler that reports success and wrote nothing, a full disk say, must not fill the cache. */
  private static Cubin checked(Cubin cubin, PtxModule module, Assembler assembler) {
    byte[] image = cubin.bytes();
    if (image.length < 64 || image[0] != 0x7F || image[1] != 'E' || image[2] != 'L') {
      throw new JitException(
          Problem.of(
              "DG-JIT-04",
              "%s %s returned %d bytes for %s that are no ELF image; choose another assembler with"
                  + " DG_JIT_ASSEMBLER",
              assembler.id(),
              assembler.version(),
              image.length,
              module.entry()));
    }
    return cubin;
  }

  /** The assemblers that exist, and whether each works here. Looks for a GPU. */
  public List<AssemblerStatus> assemblers() {
    return assemblers.status();
  }

  /** The cache folder and its size. */
  public CacheStats cache() {
    return disk.stats();
  }

  /** Adds somebody who hears of everything from now on. */
  public void addListener(JitListener listener) {
    listeners.add(listener);
  }

  /** Removes a listener. */
  public void removeListener(JitListener listener) {
    listeners.remove(listener);
  }

  /** Whom to tell. */
  JitListener listeners() {
    return listeners;
  }

  /** Counts a kernel that was loaded onto a device, and tells of it. */
  void loaded(String kernel, long nanos) {
    loaded.increment();
    loadNanos.add(nanos);
    listeners.loaded(kernel, nanos);
  }

  /** What this compiler did so far. */
  public JitStats stats() {
    return new JitStats(
        assembled.sum(),
        assembleNanos.sum(),
        fromPack.sum(),
        fromDisk.sum(),
        fromMemory.sum(),
        setAside.sum(),
        refused.sum(),
        disk.evicted(),
        loaded.sum(),
        loadNanos.sum());
  }
}
