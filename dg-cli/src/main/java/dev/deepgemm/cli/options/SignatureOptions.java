package dev.deepgemm.cli.options;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.Signature.Input;
import dev.deepgemm.api.Signature.Output;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.PluginGuard;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What of a problem is compiled, as options, but for the types of A and B and the kind. */
public final class SignatureOptions {
  @Option(
      names = "--out-dtype",
      paramLabel = "TYPE",
      converter = Words.DType.class,
      description =
          "Type of D: bf16 or fp32 (default: bf16; fp32 where the kernels store nothing else, as FP8 with"
              + " 1d1d scales on sm90).")
  public @Nullable DataType outDtype;

  @Option(
      names = "--scaling",
      paramLabel = "SCHEME",
      converter = Words.Scaling.class,
      description =
          "Scales: 1d1d (A and B one per row and 128 of k), 1d2d (B one per 128 x 128), 1d1d-ue8m0 or none."
              + " Default: none for bf16; for fp8 1d2d on sm90, 1d1d on sm100.")
  @Nullable ScaleScheme scaling;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      converter = Words.Layout.class,
      description =
          "How A and B lie in memory: nt (default; A [m, k], B [n, k]), nn (B [k, n]), tn (A [k, m], B [k,"
              + " n]) or tt (A [k, m]).")
  OperandLayout layout = OperandLayout.NT;

  @Option(names = "--accumulate", description = "Add the product to C: D = C + A B.")
  boolean accumulate;

  /** The signature for operands of a type. */
  public Signature signature(ArchSpec arch, GemmKind kind, DataType abType) {
    Signature given =
        new Signature(
            kind,
            new Input(abType, layout.a()),
            new Input(abType, layout.b()),
            scaling == null ? arch.defaultScaling(abType) : scaling,
            new Output(outDtype == null ? DataType.BF16 : outDtype, accumulate));
    if (outDtype != null || scaling == null || hasKernels(arch, given)) {
      return given;
    }
    Signature wide = given.withOutput(DataType.FP32);
    return hasKernels(arch, wide) ? wide : given;
  }

  /** Whether an architecture has kernels for a signature. */
  static boolean hasKernels(ArchSpec arch, Signature signature) {
    return PluginGuard.unsupported(arch, signature).isEmpty()
        && arch.kernels().map(kernels -> kernels.supports(signature).isLegal()).orElse(false);
  }
}
