package dev.deepgemm.jit.internal.assemble;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what assemblers print. All of them are ptxas inside and speak its language:
 *
 * <pre>
 *   ptxas info    : Function properties for gemm
 *       0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
 *   ptxas info    : Used 168 registers, used 16 barriers, 64 bytes smem
 *   ptxas info    : (C7504) Potential Performance Loss: 'setmaxnreg' ignored to maintain ...
 *   ptxas t.ptx, line 12; error   : Unknown modifier '.u99'
 * </pre>
 */
public final class AssemblerLog {
  private static final Pattern FRAME =
      Pattern.compile(
          "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
  private static final Pattern SMEM = Pattern.compile("(\\d+) bytes smem");
  private static final Pattern LOSS =
      Pattern.compile(
          "\\((C\\d+)\\) Potential Performance Loss:\\s*(.*?)[.\\s]*$", Pattern.MULTILINE);
  private static final Pattern ERROR =
      Pattern.compile("line (\\d+); (?:error|fatal)\\s*:\\s*(.*?)\\s*$", Pattern.MULTILINE);
  private static final int MOST_ERRORS = 20;

  private AssemblerLog() {}

  /** A cubin with what its assembler printed. */
  public static Cubin cubin(byte[] bytes, String log) {
    return cubin(bytes, usage(log), log);
  }

  /** A cubin with what its assembler printed, and a usage that is known better. */
  public static Cubin cubin(byte[] bytes, Optional<ResourceUsage> usage, String log) {
    return new Cubin(bytes, usage, losses(log), log);
  }

  /** Resource usage of the only entry of a module; empty if the log does not have it. */
  static Optional<ResourceUsage> usage(String log) {
    Matcher frame = FRAME.matcher(log);
    OptionalInt registers = number(REGISTERS, log);
    if (registers.isEmpty() || !frame.find()) {
      return Optional.empty();
    }
    return Optional.of(
        new ResourceUsage(
            registers.getAsInt(),
            Integer.parseInt(frame.group(2)),
            Integer.parseInt(frame.group(3)),
            Integer.parseInt(frame.group(1)),
            number(SMEM, log).orElse(0)));
  }

  private static OptionalInt number(Pattern pattern, String log) {
    Matcher matcher = pattern.matcher(log);
    return matcher.find()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  /** What a log calls a loss of performance, each once. */
  static List<String> losses(String log) {
    return LOSS.matcher(log)
        .results()
        .map(loss -> loss.group(1) + ": " + loss.group(2))
        .distinct()
        .toList();
  }

  /**
   * The error for PTX that an assembler does not take: one problem per complaint, each with the line of
   * PTX and the line of Java that emitted it.
   */
  public static JitException rejected(String assembler, PtxModule module, String log) {
    List<String> lines = module.text().lines().toList();
    List<Problem> problems = new ArrayList<>();
    Matcher errors = ERROR.matcher(log);
    while (errors.find() && problems.size() < MOST_ERRORS) {
      int line = Integer.parseInt(errors.group(1));
      problems.add(
          Problem.of(
              "DG-JIT-01",
              "%s does not take the PTX of %s: line %d, %s: \"%s\"%s",
              assembler,
              module.entry(),
              line,
              errors.group(2),
              line >= 1 && line <= lines.size() ? lines.get(line - 1).strip() : "",
              module.origin(line).map(origin -> ", emitted by " + origin).orElse("")));
    }
    if (problems.isEmpty()) {
      problems.add(
          Problem.of(
              "DG-JIT-01",
              "%s does not take the PTX of %s (target %s): %s",
              assembler,
              module.entry(),
              module.target(),
              log.isBlank() ? "it printed nothing" : log.strip()));
    }
    return new JitException(problems, null);
  }
}
