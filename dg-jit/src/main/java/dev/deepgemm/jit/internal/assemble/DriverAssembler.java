package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.cuda.CudaErrors;
import dev.deepgemm.jit.internal.cuda.DriverVersion;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The PTX compiler of the NVIDIA driver: {@code libnvidia-ptxjitcompiler}, which every installation of the
 * driver has beside {@code libcuda}, and which {@code libcuda} itself calls for the PTX in programs. It is
 * the first that is tried: always there where kernels run, as new as the driver, no process, no GPU, no
 * context.
 *
 * <p><b>Why not through the driver's documented functions.</b> {@code cuLinkAddData} and nvJitLink compile
 * PTX as one unit of several, in which {@code setmaxnreg} is not honoured and large kernels spill ({@link
 * LinkerAssembler}). This library exports the interface of NVIDIA's PTX compiler, and that compiles whole
 * programs. Measured on an H200 with driver 580.159.04, FP8, 4096 x 4096 x 7168: 168 registers and no
 * spills in 120 to 140 ms, 1,205 TFLOP/s instead of 494.
 *
 * <p>That the driver's library exports this interface is an observation, NVIDIA does not promise it. So
 * library and functions are looked for before anything depends on them, and where they are missing this
 * assembler is passed over.
 */
final class DriverAssembler implements Assembler {
  /** As the driver itself asks for it. */
  static final String LIBRARY = "libnvidia-ptxjitcompiler.so.1";

  private final LazyLibrary<PtxCompiler> library;
  private final boolean lineInfo;

  DriverAssembler(boolean lineInfo) {
    this(() -> PtxCompiler.open(LIBRARY), DriverVersion::ofPtxCompiler, lineInfo);
  }

  /**
   * An assembler over some library.
   *
   * @param opener opens it, or throws a {@link LinkageError}
   * @param driverVersion the driver that it belongs to; asked once it is open
   */
  DriverAssembler(Supplier<PtxCompiler> opener, Supplier<String> driverVersion, boolean lineInfo) {
    this.library = new LazyLibrary<>("driver", () -> open(opener, driverVersion));
    this.lineInfo = lineInfo;
  }

  @Override
  public String id() {
    return "driver";
  }

  private static LazyLibrary.Probe<PtxCompiler> open(
      Supplier<PtxCompiler> opener, Supplier<String> driverVersion) {
    try {
      PtxCompiler compiler = opener.get();
      return LazyLibrary.Probe.found(
          compiler, driverVersion.get() + " (PTX compiler " + compiler.version() + ")");
    } catch (LinkageError e) {
      return LazyLibrary.Probe.missing(
          "the driver's PTX compiler cannot be loaded ("
              + CudaErrors.firstLine(e)
              + "): it is part of the NVIDIA driver; in a container, of its capability"
              + " \"compute\"");
    }
  }

  /** That of the driver, which tells two builds of one CUDA release apart, and that of the compiler. */
  @Override
  public String version() {
    return library.version();
  }

  @Override
  public List<String> options(String target) {
    List<String> options = List.of("--gpu-name=" + target, "-O3", "-v");
    return lineInfo ? Tool.with(options, "--generate-line-info") : options;
  }

  @Override
  public Optional<String> unavailable() {
    return library.unavailable();
  }

  @Override
  public Optional<String> refusal(PtxModule module) {
    if (CudaTargets.isa(module).isEmpty()) {
      return Optional.of("the module has no .version, so it is no PTX");
    }
    return library.get().knows(module.target())
        ? Optional.empty()
        : Optional.of("version " + version() + " may not know the target " + module.target());
  }

  @Override
  public Cubin assemble(PtxModule module) {
    LibraryResult result =
        library
            .get()
            .compile(module.text().getBytes(StandardCharsets.UTF_8), options(module.target()));
    if (result.code() == PtxCompiler.UNSUPPORTED_PTX_VERSION) {
      throw new JitException(
          Problem.of(
              "DG-JIT-09",
              "driver %s is too old for the PTX of %s: %s. Update the driver (CUDA 12.0 or later), or"
                  + " set DG_JIT_ASSEMBLER to ptxas",
              version(),
              module.entry(),
              result.complaint()));
    }
    if (result.code() != 0) {
      throw AssemblerLog.rejected("the driver's compiler " + version(), module, result.complaint());
    }
    return AssemblerLog.cubin(result.cubin(), result.info());
  }
}
