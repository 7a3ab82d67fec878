package dev.deepgemm.jit;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import dev.deepgemm.jit.CubinCache.Lookup;
import java.nio.file.Path;
import java.time.Duration;
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
 * <p>Needs no GPU: on a machine without one the assemblers are {@code ptxas}, if it is on the PATH, and
 * the embedded one. Safe for use by several threads; two threads that want one kernel build it once.
 */
public final class KernelCompiler {
  // Far above any assembly that was measured with the driver or ptxas (under 1 s); a holder that
  // takes
  // longer is stuck, and waiting costs more than building.
  private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(60);

  private final Assemblers assemblers;
  private final KernelPacks packs;
  private final CubinCache disk;
  private final Duration lockTimeout;
  private final ConcurrentHashMap<String, Cubin> memory = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Object> building = new ConcurrentHashMap<>();

  private final LongAdder assembled = new LongAdder();
  private final LongAdder assembleNanos = new LongAdder();
  private final LongAdder fromPack = new LongAdder();
  private final LongAdder fromDisk = new LongAdder();
  private final LongAdder fromMemory = new LongAdder();
  private final LongAdder setAside = new LongAdder();

  KernelCompiler(Assemblers assemblers, CubinCache disk) {
    this(assemblers, disk, LOCK_TIMEOUT);
  }

  KernelCompiler(Assemblers assemblers, CubinCache disk, Duration lockTimeout) {
    this(assemblers, KernelPacks.none(), disk, lockTimeout);
  }

  KernelCompiler(Assemblers assemblers, KernelPacks packs, CubinCache disk, Duration lockTimeout) {
    this.assemblers = assemblers;
    this.packs = packs;
    this.disk = disk;
    this.lockTimeout = lockTimeout;
  }

  /**
   * A compiler on its own, for tools. A GPU is looked for only if the options let the driver assemble,
   * and not before the first module.
   *
   * @throws dev.deepgemm.api.OptionException if an option that it needs is not legal
   */
  public static KernelCompiler create(Options options) {
    return create(options, new Once<>(Gpu::find));
  }

  static KernelCompiler create(Options options, Supplier<Gpu.Search> search) {
    return new KernelCompiler(
        Assemblers.of(options, search),
        KernelPacks.of(options),
        CubinCache.of(options),
        LOCK_TIMEOUT);
  }

  /**
   * The machine code of a module, assembled at most once per cache folder.
   *
   * @throws JitException if the PTX is wrong ({@code DG-JIT-01}) or nothing can assemble it ({@code
   *     DG-JIT-02}, {@code DG-JIT-03})
   */
  public CompiledKernel compile(PtxModule module) {
    long start = System.nanoTime();
    Optional<KernelPacks.Hit> packed = packs.find(module);
    if (packed.isPresent()) {
      return packed(module, packed.get(), start);
    }
    Assembler assembler = assemblers.choose(module);
    CacheKey key = CacheKey.of(module, assembler);
    Found found = find(key, module, assembler);
    return new CompiledKernel(
        module,
        found.cubin,
        found.tier,
        assembler.id() + " " + assembler.version(),
        String.join(" ", assembler.options(module.target())),
        System.nanoTime() - start);
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

  private record Found(Cubin cubin, CacheTier tier) {}

  private Found find(CacheKey key, PtxModule module, Assembler assembler) {
    Cubin known = memory.get(key.hex());
    if (known == null) {
      synchronized (building.computeIfAbsent(key.hex(), k -> new Object())) {
        known = memory.get(key.hex());
        if (known == null) {
          Found found = fromDiskOrBuilt(key, module, assembler);
          memory.put(key.hex(), found.cubin);
          building.remove(key.hex());
          return found;
        }
      }
    }
    fromMemory.increment();
    return new Found(known, CacheTier.MEMORY);
  }

  private Found fromDiskOrBuilt(CacheKey key, PtxModule module, Assembler assembler) {
    if (disk.read(key) instanceof Lookup.Hit hit) {
      fromDisk.increment();
      return new Found(hit.cubin(), CacheTier.DISK);
    }
    Path lock = disk.folder().resolve(key + ".lock");
    try (CacheLock held = CacheLock.acquire(lock, lockTimeout, () -> valid(key))) {
      Lookup again = disk.read(key);
      if (again instanceof Lookup.Hit hit) {
        fromDisk.increment();
        return new Found(hit.cubin(), CacheTier.DISK);
      }
      if (again instanceof Lookup.Bad bad) {
        setAside.increment();
        disk.setAside(key, bad.reason());
      }
      long start = System.nanoTime();
      Cubin cubin = checked(assembler.assemble(module), module, assembler);
      assembled.increment();
      assembleNanos.add(System.nanoTime() - start);
      disk.publish(key, cubin, Manifest.of(key, cubin, module, assembler));
      return new Found(cubin, CacheTier.ASSEMBLED);
    }
  }

  private boolean valid(CacheKey key) {
    return disk.published(key) && disk.read(key) instanceof Lookup.Hit;
  }

  /** An assembler that reports success and wrote nothing, a full disk say, must not fill the cache. */
  private static Cubin checked(Cubin cubin, PtxModule module, Assembler assembler) {
    byte[] image = cubin.image();
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

  /** What this compiler did so far. */
  public JitStats stats() {
    return new JitStats(
        assembled.sum(),
        assembleNanos.sum(),
        fromPack.sum(),
        fromDisk.sum(),
        fromMemory.sum(),
        setAside.sum());
  }
}
