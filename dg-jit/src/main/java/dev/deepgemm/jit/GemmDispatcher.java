package dev.deepgemm.jit;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.InvalidGemmException;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.driver.LaunchTemplate;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.jit.internal.Once;
import dev.deepgemm.jit.internal.cuda.CudaErrors;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.PluginGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is behind {@link DeepGemm}: two memos in front of a chain of pure steps.
 *
 * <pre>
 *   problem --(memo by problem)--> configuration + loaded kernel --template--> launch
 *                 |                        ^
 *                 +-- select --(memo by kernel identity)-- emit, compile, load
 * </pre>
 *
 * <p>A call in steady state is one hash lookup, the operand checks, the addresses filled into a launch
 * that was planned before ({@link LaunchTemplate}), and the launch; it allocates nothing. A new m costs
 * one selection and one plan (some microseconds) and mostly finds its kernel loaded, since sizes are not
 * part of a kernel's identity. That is also why a new m may appear inside a graph capture: nothing is
 * loaded then.
 */
final class GemmDispatcher implements AutoCloseable {
  /**
   * Bound of the memo by problem. A server that meets every m up to its largest batch stays below it;
   * one that does not starts over, at the price of one selection per problem.
   */
  private static final int MOST_PROBLEMS = 1 << 15;

  private final LaunchManner manner;
  private final ArchSpecs archs;
  private final Optional<String> chosenArch;
  private final ConfigSelector selector;
  private final KernelCompiler compiler;
  private final GpuSource gpus;
  private final Once<Device> device = new Once<>(this::openDevice);
  private final ConcurrentHashMap<GemmDesc, ReadyGemm> ready = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<GemmDesc, GemmConfig> selected = new ConcurrentHashMap<>();
  private volatile boolean closed;

  GemmDispatcher(
      ArchSpecs archs,
      Optional<String> chosenArch,
      ConfigSelector selector,
      KernelCompiler compiler,
      GpuSource gpus,
      LaunchManner manner) {
    this.manner = manner;
    this.archs = archs;
    this.chosenArch = chosenArch;
    this.selector = selector;
    this.compiler = compiler;
    this.gpus = gpus;
  }

  /** A device with the architecture that has kernels for it, and the kernels that are loaded. */
  private record Device(Gpu gpu, ArchSpec arch, KernelProvider provider, KernelLoader loader) {}

  void gemm(GemmDesc desc, GemmOperands operands, long stream) {
    Device on = device();
    CopyOfC copy = CopyOfC.of(desc, operands);
    GemmOperands own = copy == null ? operands : CopyOfC.inD(operands);
    ReadyGemm known = ready.get(desc);
    if (known == null) {
      GemmConfig config = configure(on, desc);
      // What is wrong with the operands is told before anything is compiled for them.
      check(on.provider, config.desc(), own, copy);
      known = remember(desc, new ReadyGemm(config, loaded(on, config, stream)));
    } else {
      check(on.provider, known.config().desc(), own, copy);
    }
    known.launch(on.gpu.context(), on.provider, own, copy, stream, manner);
  }

  /** Throws everything that is wrong with the operands. */
  private static void check(
      KernelProvider provider, GemmDesc desc, GemmOperands operands, @Nullable CopyOfC copy) {
    List<Problem> problems = provider.check(desc, operands);
    if (copy != null) {
      problems = new ArrayList<>(problems);
      problems.addAll(copy.check());
    }
    InvalidGemmException.throwIfAny(problems);
  }

  /** The kernel of a configuration, loaded if need be and if the stream is not being captured. */
  private static LoadedKernel loaded(Device on, GemmConfig config, long stream) {
    LoadedKernel kernel = on.loader.find(config.kernel());
    if (kernel == null) {
      if (on.gpu.isCapturing(stream)) {
        throw CudaErrors.capturing(config.kernel().id(), config.desc().toString());
      }
      kernel = on.loader.load(config).kernel();
    }
    return kernel;
  }

  private ReadyGemm remember(GemmDesc desc, ReadyGemm made) {
    if (ready.size() >= MOST_PROBLEMS) {
      ready.clear();
    }
    ready.put(desc, made);
    return made;
  }

  /** A configuration that the caller chose; not remembered, since the problem's own may be another. */
  void gemm(GemmConfig config, GemmOperands operands, long stream) {
    Device on = device();
    CopyOfC copy = CopyOfC.of(config.desc(), operands);
    GemmOperands own = copy == null ? operands : CopyOfC.inD(operands);
    check(on.provider, config.desc(), own, copy);
    new ReadyGemm(config, loaded(on, config, stream))
        .launch(on.gpu.context(), on.provider, own, copy, stream, manner);
  }

  PreparedGemm prepare(GemmDesc desc) {
    Device on = device();
    GemmConfig config = configure(on, desc);
    KernelLoader.Outcome outcome = on.loader.load(config);
    remember(desc, new ReadyGemm(config, outcome.kernel()));
    return prepared(config, outcome);
  }

  PreparedGemm prepare(GemmConfig config) {
    return prepared(config, device().loader.load(config));
  }

  private static PreparedGemm prepared(GemmConfig config, KernelLoader.Outcome outcome) {
    LoadedKernel kernel = outcome.kernel();
    return new PreparedGemm(
        config,
        outcome.tier(),
        outcome.emitNanos(),
        outcome.assembleNanos(),
        outcome.loadNanos(),
        kernel.assembler(),
        kernel.usage(),
        kernel.cubinBytes());
  }

  private GemmConfig configure(Device on, GemmDesc desc) {
    // First of all, as the contract with plugins has it: they may never
    // have heard of the signature.
    List<Problem> unsupported = PluginGuard.unsupported(on.arch, desc.signature());
    if (!unsupported.isEmpty()) {
      throw new UnsupportedGemmException(unsupported);
    }
    Legality supported = on.provider.supports(desc.signature());
    if (!supported.isLegal()) {
      throw new UnsupportedGemmException(
          Problem.of(
              "DG-KERN-01", "%s has no kernel for %s: %s", on.arch.id(), desc, supported.reason()));
    }
    GemmConfig config = selector.select(on.arch, limited(desc, on.gpu.info().sms()));
    compiler.listeners().configured(config);
    return config;
  }

  /** The problem with its SM limit resolved, and held against the device. */
  private static GemmDesc limited(GemmDesc desc, int sms) {
    if (desc.smLimit() > sms) {
      throw new InvalidGemmException(
          List.of(
              Problem.of(
                  "DG-DESC-04",
                  "SM limit is %d; the device has %d SMs, legal: 1 to %d, or %d for all",
                  desc.smLimit(),
                  sms,
                  sms,
                  GemmDesc.ALL_SMS)));
    }
    return desc.smLimit() == GemmDesc.ALL_SMS ? desc.withSmLimit(sms) : desc;
  }

  GemmConfig config(GemmDesc desc) {
    ReadyGemm known = ready.get(desc);
    if (known != null) {
      return known.config();
    }
    GemmConfig config = selected.get(desc);
    if (config == null) {
      ArchSpec arch = arch();
      Gpu gpu = deviceOf(arch);
      int sms = gpu == null ? arch.defaultNumSms() : gpu.info().sms();
      config = selector.select(arch, gpu == null ? resolved(desc, sms) : limited(desc, sms));
      if (selected.size() >= MOST_PROBLEMS) {
        selected.clear();
      }
      selected.put(desc, config);
    }
    return config;
  }

  private static GemmDesc resolved(GemmDesc desc, int sms) {
    return desc.smLimit() == GemmDesc.ALL_SMS ? desc.withSmLimit(sms) : desc;
  }

  /** The device, if there is one and the architecture runs on it. */
  private @Nullable Gpu deviceOf(ArchSpec arch) {
    return gpus.get().gpu().filter(gpu -> arch.runsOn(gpu.info().computeCapability())).orElse(null);
  }

  LaunchPlan plan(GemmDesc desc, GemmOperands operands) {
    GemmConfig config = config(desc);
    KernelProvider provider = kernels(arch());
    CopyOfC copy = CopyOfC.of(desc, operands);
    GemmOperands own = copy == null ? operands : CopyOfC.inD(operands);
    check(provider, config.desc(), own, copy);
    return provider.plan(config, own);
  }

  ArchSpec arch() {
    if (chosenArch.isPresent()) {
      return archs.get(chosenArch.get());
    }
    Gpu.Search found = gpus.get();
    if (found.gpu().isEmpty()) {
      throw new JitException(
          Problem.of(
              "DG-JIT-07",
              "no architecture is chosen and there is no device to take it from; choose one with"
                  + " DeepGemm.builder().arch(...) out of: %s. About the device: %s",
              archs.all().isEmpty() ? "none (add a plugin's jar)" : archs,
              found.whyNot()));
    }
    return archOf(found.gpu().get());
  }

  private ArchSpec archOf(Gpu gpu) {
    DeviceInfo info = gpu.info();
    return archs
        .forDevice(info.computeCapability())
        .orElseThrow(
            () ->
                new JitException(
                    Problem.of(
                        "DG-JIT-08",
                        "%s has compute capability %s, and no architecture plugin has kernels for"
                            + " it; on the class path: %s",
                        info.name(),
                        info.computeCapability(),
                        archs.all().isEmpty() ? "none" : archs)));
  }

  private static KernelProvider kernels(ArchSpec arch) {
    return arch.kernels()
        .orElseThrow(
            () ->
                new UnsupportedGemmException(
                    Problem.of(
                        "DG-KERN-02",
                        "the plugin of %s configures and has no kernels yet",
                        arch.id())));
  }

  private Device openDevice() {
    if (gpus.isPending()) {
      Rehearsal.begin(chosenArch.map(archs::get).map(List::of).orElseGet(archs::all), selector);
    }
    Gpu gpu = gpu();
    ArchSpec arch = arch();
    if (!arch.runsOn(gpu.info().computeCapability())) {
      throw new JitException(
          Problem.of(
              "DG-JIT-08",
              "architecture %s is chosen, its kernels do not run on %s of compute capability %s; do"
                  + " not choose one, or choose another device",
              arch.id(),
              gpu.info().name(),
              gpu.info().computeCapability()));
    }
    KernelProvider provider = kernels(arch);
    return new Device(gpu, arch, provider, new KernelLoader(gpu, compiler, provider));
  }

  private Device device() {
    if (closed) {
      throw new IllegalStateException("this DeepGemm is closed");
    }
    return device.get();
  }

  Gpu gpu() {
    Gpu.Search found = gpus.get();
    return found.gpu().orElseThrow(() -> CudaErrors.unavailable(found.problem().orElseThrow()));
  }

  KernelCompiler compiler() {
    return compiler;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Device on = device.peek();
      if (on != null) {
        on.loader.close();
      }
      ready.clear();
      gpus.close();
    }
  }
}
