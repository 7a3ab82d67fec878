package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.cuda.CudaErrors;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.jspecify.annotations.Nullable;

/**
 * The PTX compiler inside JCuda's natives: nothing has to be installed, no GPU has to be there.
 *
 * <p>It is that of CUDA 12.0: PTX ISA up to 8.0, targets up to sm_90a. Its machine code was measured at
 * 0.91 of ptxas 13.0's speed (geometric mean; 0.73 at worst), and large kernels can take it many
 * seconds. It is tried after the driver's compiler and {@code ptxas}, but before those whose code ignores
 * {@code setmaxnreg}.
 */
final class EmbeddedAssembler implements Assembler {
  private static final Pattern TARGET = Pattern.compile("sm_(\\d+)[a-z]?");
  private static final int NEWEST_ISA = 80;
  private static final int NEWEST_SM = 90;

  private final boolean lineInfo;
  private @Nullable Probe probe;

  EmbeddedAssembler() {
    this(false);
  }

  EmbeddedAssembler(boolean lineInfo) {
    this.lineInfo = lineInfo;
  }

  private record Probe(String version, String problem) {}

  @Override
  public String id() {
    return "embedded";
  }

  @Override
  public String version() {
    Probe found = probe();
    if (!found.problem.isEmpty()) {
      throw new JitException(Problem.of("DG-JIT-02", "assembler embedded: %s", found.problem));
    }
    return found.version;
  }

  @Override
  public List<String> options(String target) {
    List<String> options = List.of("--gpu-name=" + target, "-O3", "-v");
    return lineInfo ? Tool.with(options, "--generate-line-info") : options;
  }

  @Override
  public Optional<String> unavailable() {
    String problem = probe().problem;
    return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
  }

  @Override
  public Optional<String> refusal(PtxModule module) {
    OptionalInt isa = CudaTargets.isa(module);
    if (isa.isEmpty()) {
      return Optional.of("the module has no .version, so it is no PTX");
    }
    if (isa.getAsInt() > NEWEST_ISA) {
      return Optional.of(
          "it takes PTX ISA up to 8.0, this is " + isa.getAsInt() / 10 + "." + isa.getAsInt() % 10);
    }
    Matcher target = TARGET.matcher(module.target());
    if (target.matches() && Integer.parseInt(target.group(1)) > NEWEST_SM) {
      return Optional.of("it knows targets up to sm_90a, this is " + module.target());
    }
    return Optional.empty();
  }

  private synchronized Probe probe() {
    if (probe == null) {
      try {
        int[] major = new int[1];
        int[] minor = new int[1];
        int code = JNvPTXCompiler.nvPTXCompilerGetVersion(major, minor);
        probe =
            code == nvPTXCompileResult.NVPTXCOMPILE_SUCCESS
                ? new Probe(major[0] + "." + minor[0], "")
                : new Probe(
                    "", "its version cannot be read: " + nvPTXCompileResult.stringFor(code));
      } catch (LinkageError e) {
        probe =
            new Probe(
                "",
                "JCuda's natives cannot be loaded ("
                    + CudaErrors.firstLine(e)
                    + "): they exist for Linux x86-64 and need a temporary folder without noexec");
      }
    }
    return probe;
  }

  @Override
  public Cubin assemble(PtxModule module) {
    version();
    byte[] text = module.text().getBytes(StandardCharsets.UTF_8);
    // The compiler wants a C string.
    byte[] ptx = Arrays.copyOf(text, text.length + 1);
    nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
    check(module, "create", JNvPTXCompiler.nvPTXCompilerCreate(handle, text.length, ptx));
    try {
      String[] options = options(module.target()).toArray(new String[0]);
      int code = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
      if (code != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
        String log = errorLog(handle);
        throw AssemblerLog.rejected(
            "the embedded compiler " + version(),
            module,
            log.isBlank() ? nvPTXCompileResult.stringFor(code) : log);
      }
      long[] size = new long[1];
      check(module, "size", JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(handle, size));
      byte[] cubin = new byte[Math.toIntExact(size[0])];
      check(module, "copy", JNvPTXCompiler.nvPTXCompilerGetCompiledProgram(handle, cubin));
      String log = infoLog(handle);
      return AssemblerLog.cubin(cubin, log);
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(handle);
    }
  }

  private static String errorLog(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    if (JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size) != 0 || size[0] == 0) {
      return "";
    }
    byte[] log = new byte[Math.toIntExact(size[0]) + 1];
    return JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log) == 0 ? text(log) : "";
  }

  private static String infoLog(nvPTXCompilerHandle handle) {
    long[] size = new long[1];
    if (JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size) != 0 || size[0] == 0) {
      return "";
    }
    byte[] log = new byte[Math.toIntExact(size[0]) + 1];
    return JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, log) == 0 ? text(log) : "";
  }

  private static String text(byte[] log) {
    int length = 0;
    while (length < log.length && log[length] != 0) {
      length++;
    }
    return new String(log, 0, length, StandardCharsets.UTF_8);
  }

  private static void check(PtxModule module, String step, int code) {
    if (code != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      throw new JitException(
          Problem.of(
              "DG-JIT-04",
              "the embedded compiler failed on %s at step \"%s\": %s",
              module.entry(),
              step,
              nvPTXCompileResult.stringFor(code)));
    }
  }
}
