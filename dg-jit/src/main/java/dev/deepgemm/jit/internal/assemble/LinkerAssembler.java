package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.driver.CudaDriver;
import dev.deepgemm.driver.CudaDriver.FunctionInfo;
import dev.deepgemm.driver.CudaDriver.LinkResult;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.jit.internal.cuda.CudaContext;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The linker of the NVIDIA driver, {@code cuLinkAddData}: wherever there is a GPU it is there and fits, and
 * it is the last that is tried.
 *
 * <p>It treats PTX as one of several translation units, as if for {@code -rdc=true}, and there is no option
 * against it. In such code a kernel may not take registers from another of its warpgroups: the linker says
 * "(C7504) Potential Performance Loss: 'setmaxnreg' ignored to maintain compatibility across compilation
 * units", gives every thread the 168 registers of a launch, and spills the rest. Measured on an H200 with
 * driver 580.159.04, FP8, 4096 x 4096 x 7168: 828 B of spills and 494 TFLOP/s, where the compiler beside it
 * ({@link DriverAssembler}) spills nothing and reaches 1,205. It assembles for the device that it drives,
 * and for no other.
 */
final class LinkerAssembler implements Assembler {
  private static final Pattern TARGET = Pattern.compile("sm_(\\d+)(\\d)([a-z]?)");

  private static final int UNSUPPORTED_PTX_VERSION = 222;

  private final Supplier<CudaContext.Search> search;
  private final boolean lineInfo;

  /** The device is looked for when the assembler is first asked for anything. */
  LinkerAssembler(Supplier<CudaContext.Search> search) {
    this(search, false);
  }

  LinkerAssembler(Supplier<CudaContext.Search> search, boolean lineInfo) {
    this.search = search;
    this.lineInfo = lineInfo;
  }

  @Override
  public String id() {
    return "linker";
  }

  private CudaContext context() {
    CudaContext.Search found = search.get();
    return found
        .context()
        .orElseThrow(
            () ->
                new JitException(
                    Problem.of("DG-JIT-02", "assembler linker: no GPU: %s", found.whyNot())));
  }

  @Override
  public String version() {
    return context().driver().version();
  }

  @Override
  public List<String> options(String target) {
    return lineInfo ? List.of("-O4", "-lineinfo") : List.of("-O4");
  }

  @Override
  public Optional<String> unavailable() {
    CudaContext.Search found = search.get();
    return found.context().isPresent()
        ? Optional.empty()
        : Optional.of("no GPU: " + found.whyNot());
  }

  @Override
  public Optional<String> refusal(PtxModule module) {
    DeviceInfo device = context().info();
    Matcher target = TARGET.matcher(module.target());
    if (!target.matches()) {
      return Optional.of("it does not know the target " + module.target());
    }
    ComputeCapability wanted =
        new ComputeCapability(Integer.parseInt(target.group(1)), Integer.parseInt(target.group(2)));
    ComputeCapability has = device.computeCapability();
    // A target with a letter fits its own device only, one without fits later ones too.
    boolean later =
        has.major() > wanted.major()
            || (has.major() == wanted.major() && has.minor() >= wanted.minor());
    boolean fits = target.group(3).isEmpty() ? later : has.equals(wanted);
    return fits
        ? Optional.empty()
        : Optional.of(
            "it assembles for its own device, "
                + device.name()
                + " of compute capability "
                + has
                + ", this is "
                + module.target());
  }

  @Override
  public Cubin assemble(PtxModule module) {
    CudaContext context = context();
    long previous = context.enter();
    try {
      CudaDriver driver = context.driver();
      LinkResult result =
          driver.link(module.text().getBytes(StandardCharsets.UTF_8), module.entry(), lineInfo);
      if (result.code() == UNSUPPORTED_PTX_VERSION) {
        throw new JitException(
            Problem.of(
                "DG-JIT-09",
                "driver %s is too old for the PTX of %s: %s. Update the driver (CUDA 12.0 or later), or"
                    + " set DG_JIT_ASSEMBLER to ptxas or embedded",
                driver.version(),
                module.entry(),
                result.errors()));
      }
      if (result.code() != 0) {
        throw AssemblerLog.rejected(
            "the driver's linker " + driver.version(),
            module,
            result.errors().isBlank() ? "error code " + result.code() : result.errors());
      }
      Optional<ResourceUsage> usage =
          AssemblerLog.usage(result.info()).or(() -> measured(driver, module, result.cubin()));
      return AssemblerLog.cubin(result.cubin(), usage, result.info());
    } finally {
      context.leave(previous);
    }
  }

  /**
   * Where the log is silent the loaded function tells. It does not part spills from stack: without
   * local memory there are neither, otherwise nothing is claimed.
   */
  private static Optional<ResourceUsage> measured(
      CudaDriver driver, PtxModule module, byte[] cubin) {
    long handle = driver.loadModule(cubin);
    try {
      FunctionInfo info = driver.functionInfo(driver.function(handle, module.entry()));
      return info.localBytes() == 0
          ? Optional.of(new ResourceUsage(info.registers(), 0, 0, 0, info.staticSmemBytes()))
          : Optional.empty();
    } finally {
      driver.unloadModule(handle);
    }
  }
}
