package dev.deepgemm.jit;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.PtxModule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * libnvJitLink: a new code generator without a driver, and without starting a process. It is no dependency
 * (its jar has 340 MB); it is used where it is found ({@link NvJitLinkLibrary}).
 *
 * <p>It compiles PTX as one unit of several (as with {@code -c}, which nothing turns off), where
 * {@code setmaxnreg} is ignored and large kernels spill: the code of {@link LinkerAssembler}, at less than
 * half of the speed. So it is tried after all that compile whole programs.
 */
final class NvJitLinkAssembler implements Assembler {
  private final NvJitLinkLibrary place;
  private final boolean lineInfo;
  private @Nullable Probe probe;

  /** The library and its version, or why there is none. */
  private record Probe(@Nullable NvJitLink library, String version, String problem) {}

  NvJitLinkAssembler(Options options) {
    this(NvJitLinkLibrary.of(options), options.get(Options.JIT_WITH_LINEINFO));
  }

  NvJitLinkAssembler(NvJitLinkLibrary place, boolean lineInfo) {
    this.place = place;
    this.lineInfo = lineInfo;
  }

  @Override
  public String id() {
    return "nvjitlink";
  }

  private synchronized Probe probe() {
    if (probe == null) {
      probe = open();
    }
    return probe;
  }

  private Probe open() {
    List<String> problems = new ArrayList<>();
    for (NvJitLinkLibrary.Candidate candidate : place.candidates()) {
      try {
        NvJitLink library = NvJitLink.open(candidate.file().toString());
        // It tells major and minor alone; its size tells patch releases apart.
        return new Probe(library, library.version() + " (" + candidate.bytes() + " B)", "");
      } catch (LinkageError e) {
        problems.add(candidate.file() + ": " + CudaErrors.firstLine(e));
      }
    }
    return new Probe(
        null,
        "",
        problems.isEmpty()
            ? "no libnvJitLink in LD_LIBRARY_PATH, CUDA_HOME, /usr/local/cuda, the system's folders or"
                + " the class path"
            : String.join("; ", problems));
  }

  private NvJitLink library() {
    Probe found = probe();
    if (found.library == null) {
      throw new JitException(Problem.of("DG-JIT-02", "assembler nvjitlink: %s", found.problem));
    }
    return found.library;
  }

  @Override
  public String version() {
    library();
    return probe().version;
  }

  @Override
  public List<String> options(String target) {
    List<String> options = List.of("-arch=" + target, "-O3", "-verbose");
    return lineInfo ? Tool.with(options, "-lineinfo") : options;
  }

  @Override
  public Optional<String> unavailable() {
    String problem = probe().problem;
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  /** A target that it does not know ends the whole process (seen with 13.4), so it is asked for none. */
  @Override
  public Optional<String> refusal(PtxModule module) {
    return library().knows(module.target())
        ? Optional.empty()
        : Optional.of("version " + version() + " may not know the target " + module.target());
  }

  @Override
  public Cubin assemble(PtxModule module) {
    LibraryResult result =
        library()
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
    return Cubin.of(result.cubin(), result.info());
  }
}
