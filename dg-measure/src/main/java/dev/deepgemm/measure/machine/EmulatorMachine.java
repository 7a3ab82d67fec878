package dev.deepgemm.measure.machine;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.emulator.DeviceMemory;
import dev.deepgemm.emulator.Emulator;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.jit.kernel.CompiledKernel;
import dev.deepgemm.measure.Kernels;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The emulator: the kernel's PTX text on the CPU, some million times slower than a GPU. */
public final class EmulatorMachine implements Machine {
  /** Measured on two processors; it need not be right, only of the right order. */
  private static final double FLOPS_PER_SECOND = 50e6;

  private final Emulator emulator;
  private final ArchSpec arch;
  private final KernelProvider kernels;
  private final ConfigSelector selector;
  private final Map<String, PtxModule> modules = new ConcurrentHashMap<>();
  private DeviceMemory memory = new DeviceMemory();

  private EmulatorMachine(
      Emulator emulator, ArchSpec arch, KernelProvider kernels, Options options) {
    this.emulator = emulator;
    this.arch = arch;
    this.kernels = kernels;
    this.selector = ConfigSelector.create(options);
  }

  /**
   * An emulated device of an architecture.
   *
   * @throws UnsupportedGemmException if the architecture has no kernels ({@code DG-KERN-02})
   */
  public static EmulatorMachine of(ArchSpec arch, Options options) {
    return of(arch, options, Emulator.builder().build());
  }

  /** An emulated device whose emulator is set up in the caller's way. */
  public static EmulatorMachine of(ArchSpec arch, Options options, Emulator emulator) {
    return new EmulatorMachine(emulator, arch, Kernels.of(arch), options);
  }

  @Override
  public String name() {
    return "emulator";
  }

  @Override
  public String description() {
    return "emulator of "
        + arch.target()
        + " on "
        + Runtime.getRuntime().availableProcessors()
        + " processors (no GPU is used)";
  }

  @Override
  public ArchSpec arch() {
    return arch;
  }

  @Override
  public int sms() {
    return arch.defaultNumSms();
  }

  @Override
  public GemmConfig configure(GemmDesc desc) {
    Kernels.requireSupported(arch, desc);
    return selector.select(arch, desc);
  }

  @Override
  public Prepared prepare(GemmConfig config) {
    long start = System.nanoTime();
    module(config);
    return new Prepared("none", (System.nanoTime() - start) / 1e6, 0, 0, "", Optional.empty());
  }

  /**
   * Assembles a kernel although the emulator has no use for it: what a machine with a GPU would do,
   * short of loading.
   */
  public Prepared assemble(GemmConfig config, Options options) {
    long start = System.nanoTime();
    PtxModule module = module(config);
    double emitMillis = (System.nanoTime() - start) / 1e6;
    CompiledKernel compiled = KernelCompiler.create(options).compile(module);
    return new Prepared(
        compiled.tier().name().toLowerCase(Locale.ROOT),
        emitMillis,
        compiled.nanos() / 1e6,
        0,
        compiled.assembler(),
        compiled.cubin().usage());
  }

  /** About how long a problem takes; for a progress bar, and for the decision to start at all. */
  public static double seconds(GemmDesc desc) {
    return 1 + desc.flops() / FLOPS_PER_SECOND;
  }

  private PtxModule module(GemmConfig config) {
    return modules.computeIfAbsent(config.kernel().id(), id -> kernels.emit(config.kernel()));
  }

  @Override
  public long upload(HostMatrix matrix) {
    long address = memory.allocate(matrix.bytes());
    overwrite(address, matrix);
    return address;
  }

  @Override
  public void overwrite(long address, HostMatrix from) {
    long at = address;
    for (byte[] chunk : from.chunks()) {
      memory.write(at, chunk);
      at += chunk.length;
    }
  }

  @Override
  public void download(long address, HostMatrix into) {
    long at = address;
    for (byte[] chunk : into.chunks()) {
      System.arraycopy(memory.read(at, chunk.length), 0, chunk, 0, chunk.length);
      at += chunk.length;
    }
  }

  @Override
  public void freeAll() {
    memory = new DeviceMemory();
  }

  @Override
  public void run(GemmConfig config, GemmOperands operands) {
    emulator.run(module(config), kernels.plan(config, operands), memory);
  }

  @Override
  public void close() {
    freeAll();
  }
}
