package dev.deepgemm.jit.internal.compile;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.kernel.JitException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Words for a kernel that nobody has compiled: which one, on whose behalf, and the command that compiles
 * it beforehand.
 */
public final class MissingKernel {
  private static final String OURS = "dev.deepgemm.jit.";

  private MissingKernel() {}

  /**
   * The error in a process that must not compile.
   *
   * @param looked the keys under which it could have been there, or why there is none
   */
  public static JitException refused(
      PtxModule module, Optional<GemmConfig> config, List<String> looked) {
    return new JitException(
        Problem.of(
            "DG-JIT-10",
            "%s%s is not compiled, and DG_JIT_MODE is never. It is in no kernel pack, and in the cache"
                + " folder there is none of: %s. Compile it beforehand: %s",
            module.entry(),
            config.map(c -> " for " + shape(c.desc())).orElse(""),
            String.join("; ", looked),
            config.map(MissingKernel::command).orElse("dg warmup (dg warmup --help)")));
  }

  /** The warning in a process that should not have to compile. */
  public static String compiled(PtxModule module, Optional<GemmConfig> config, CacheKey key) {
    return "compiling "
        + module.entry()
        + config.map(c -> " for " + shape(c.desc())).orElse("")
        + ", key "
        + key
        + ", asked for by "
        + caller()
        + config.map(c -> "; beforehand: " + command(c)).orElse("");
  }

  private static String shape(GemmDesc desc) {
    return desc.kind()
        + " m="
        + desc.m()
        + " n="
        + desc.n()
        + " k="
        + desc.k()
        + (desc.groups() == 1 ? "" : " groups=" + desc.groups());
  }

  /**
   * The command that warms exactly this problem; a range for --m warms the neighbours too. The command
   * does not know every signature, and one that warms another kernel would be a lie.
   */
  static String command(GemmConfig config) {
    GemmDesc desc = config.desc();
    Signature plain = desc.signature().withKind(GemmKind.NORMAL);
    if (!plain.equals(Signature.FP8) && !plain.withOutput(DataType.BF16).equals(Signature.BF16)) {
      return "DeepGemm.prepare of this problem in a process that may compile, with the same cache folder";
    }
    StringBuilder command = new StringBuilder("dg warmup --arch ").append(config.kernel().arch());
    command.append(" --dtype ").append(desc.aType() == DataType.FP8_E4M3 ? "fp8" : "bf16");
    if (desc.dType() == DataType.FP32) {
      command.append(" --out-dtype fp32");
    }
    command.append(" --shapes ").append(desc.n()).append('x').append(desc.k());
    command.append(" --m ").append(desc.m());
    if (desc.kind() != GemmKind.NORMAL) {
      command
          .append(" --kind ")
          .append(desc.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
      command.append(" --groups ").append(desc.groups());
    }
    if (desc.smLimit() != GemmDesc.ALL_SMS) {
      command.append(" --sms ").append(desc.smLimit());
    }
    return command.toString();
  }

  /** The first caller outside this library's runtime. */
  private static String caller() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(frame -> !frame.getClassName().startsWith(OURS))
                    .filter(frame -> !frame.getClassName().startsWith("java."))
                    .findFirst()
                    .map(frame -> frame.toStackTraceElement().toString()))
        .orElse("nobody");
  }
}
