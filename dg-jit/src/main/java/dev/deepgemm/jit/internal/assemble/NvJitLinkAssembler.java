package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.cuda.CudaErrors;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * libnvJitLink: a new code generator without a driver, and without starting a process. It is no dependency
 * (its jar has 340 MB); it is used where it is found ({@link NvJitLinkLibrary}).
 *
 * <p>It compiles PTX as one unit of several (as with {@code -c}, which nothing turns off), where
 * {@code setmaxnreg} is ignored and large kernels spill: the code of {@link LinkerAssembler}, at less than
 * half of the speed. So it is tried after all that compile whole programs.
 */
final class NvJitLinkAssembler implements Assembler {
  private final LazyLibrary<NvJitLink> library;
  private final boolean lineInfo;

  NvJitLinkAssembler(Options options) {
    this(NvJitLinkLibrary.of(options), options.get(Options.JIT_WITH_LINEINFO));
  }

  NvJitLinkAssembler(NvJitLinkLibrary place, boolean lineInfo) {
    this.library = new LazyLibrary<>("nvjitlink", () -> open(place));
    this.lineInfo = lineInfo;
  }

  @Override
  public String id() {
    return "nvjitlink";
  }

  private static LazyLibrary.Probe<NvJitLink> open(NvJitLinkLibrary place) {
    List<String> problems = new ArrayList<>();
    for (NvJitLinkLibrary.Candidate candidate : place.candidates()) {
      try {
        NvJitLink library = NvJitLink.open(candidate.file().toString());
        // It tells major and minor alone; its size tells patch releases apart.
        return LazyLibrary.Probe.found(
            library, library.version() + " (" + candidate.bytes() + " B)");
      } catch (LinkageError e) {
        problems.add(candidate.file() + ": " + CudaErrors.firstLine(e));
      }
    }
    return LazyLibrary.Probe.missing(
        problems.isEmpty()
            ? "no libnvJitLink in LD_LIBRARY_PATH, CUDA_HOME, /usr/local/cuda, the system's folders or"
                + " the class path"
            : String.join("; ", problems));
  }

  @Override
  public String version() {
    return library.version();
  }

  @Override
  public List<String> options(String target) {
    List<String> options = List.of("-arch=" + target, "-O3", "-verbose");
    return lineInfo ? Tool.with(options, "-lineinfo") : options;
  }

  @Override
  public Optional<String> unavailable() {
    return library.unavailable();
  }

  /** A target that it does not know ends the whole process (seen with 13.4), so it is asked for none. */
  @Override
  public Optional<String> refusal(PtxModule module) {
    return library.get().knows(module.target())
        ? Optional.empty()
        : Optional.of("version " + version() + " may not know the target " + module.target());
  }

  @Override
  public Cubin assemble(PtxModule module) {
    LibraryResult result =
        library
            .get()
            .link(
                module.text().getBytes(StandardCharsets.UTF_8),
                module.entry(),
                options(module.target()));
    if (result.code() != 0 && result.step().equals("nvJitLinkCreate")) {
      throw new JitException(
          Problem.of(
              "DG-JIT-04",
              "nvJitLink %s does not take the options %s (code %d); it may not know the target",
              version(),
              options(module.target()),
              result.code()));
    }
    if (result.code() != 0) {
      throw AssemblerLog.rejected("nvJitLink " + version(), module, result.complaint());
    }
    return AssemblerLog.cubin(result.cubin(), result.info());
  }
}
