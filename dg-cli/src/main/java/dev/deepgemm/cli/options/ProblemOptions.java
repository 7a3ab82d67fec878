package dev.deepgemm.cli.options;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A GEMM problem as options; what is not given has the value of DeepGEMM's plainest call. */
public final class ProblemOptions {
  /** Rows of A of the problem that stands where none is given. */
  public static final int DEFAULT_M = 4096;

  /** Columns of D of that problem. */
  public static final int DEFAULT_N = 4096;

  /** Its inner extent. */
  public static final int DEFAULT_K = 7168;

  @Option(names = "--m", paramLabel = "M", description = "Rows of A and D.")
  public @Nullable Integer m;

  @Option(names = "--n", paramLabel = "N", description = "Rows of B, columns of D.")
  public @Nullable Integer n;

  @Option(names = "--k", paramLabel = "K", description = "Inner extent.")
  public @Nullable Integer k;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = Words.AbType.class,
      description = "Type of A and B: fp8 (default) or bf16.")
  public DataType dtype = DataType.FP8_E4M3;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      converter = Words.Kind.class,
      description =
          "normal (default), m-grouped-contiguous, m-grouped-masked, k-grouped-contiguous, batched.")
  GemmKind kind = GemmKind.NORMAL;

  @Option(names = "--groups", paramLabel = "G", description = "Groups or batch size (default 1).")
  int groups = 1;

  @Mixin SignatureOptions compiled = new SignatureOptions();

  @Option(
      names = "--sms",
      paramLabel = "SMS",
      description = "SMs that the launch may use (default: all of the device; 132 or 148 without).")
  public @Nullable Integer sms;

  /**
   * The problem.
   *
   * @throws InputException if an extent is missing ({@code DG-CLI-20}) or {@code --sms} is not
   *     positive ({@code DG-CLI-21})
   */
  public GemmDesc toDesc(ArchSpec arch, DefaultSms defaultSms) {
    List<Problem> problems = new ArrayList<>();
    final int rows = required(problems, "--m", m);
    final int columns = required(problems, "--n", n);
    final int inner = required(problems, "--k", k);
    if (sms != null && sms < 1) {
      problems.add(Problem.of("DG-CLI-21", "--sms is %,d; legal: 1 or more", sms));
    }
    InputException.throwIfAny(problems);
    return new GemmDesc(
        signature(arch, dtype),
        Shape.of(kind, groups, rows, columns, inner),
        sms == null ? defaultSms.of(arch) : sms);
  }

  /** What is compiled of the problem, for operands of a type. */
  public Signature signature(ArchSpec arch, DataType abType) {
    return compiled.signature(arch, kind, abType);
  }

  private static int required(List<Problem> problems, String name, @Nullable Integer value) {
    if (value == null) {
      problems.add(
          Problem.of(
              "DG-CLI-20",
              "%s is missing; one problem needs --m, --n and --k, many --batch",
              name));
      return 1;
    }
    return value;
  }
}
