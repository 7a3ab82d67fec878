package dev.deepgemm.cli.options;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

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
      converter = AbType.class,
      description = "Type of A and B: fp8 (default) or bf16.")
  public DataType dtype = DataType.FP8_E4M3;

  @Option(
      names = "--out-dtype",
      paramLabel = "TYPE",
      converter = CdType.class,
      description = "Type of D: bf16 (default) or fp32.")
  public DataType outDtype = DataType.BF16;

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      converter = Kind.class,
      description =
          "normal (default), m-grouped-contiguous, m-grouped-masked, k-grouped-contiguous, batched.")
  GemmKind kind = GemmKind.NORMAL;

  @Option(
      names = "--kernel-type",
      paramLabel = "TYPE",
      converter = KernelType.class,
      description =
          "Scales: 1d1d, 1d2d or no-sf. Default: no-sf for bf16; for fp8 1d2d on sm90, 1d1d on"
              + " sm100.")
  @Nullable ScaleScheme kernelType;

  @Option(names = "--groups", paramLabel = "G", description = "Groups or batch size (default 1).")
  int groups = 1;

  @Option(
      names = "--major-a",
      paramLabel = "MAJOR",
      converter = MajorOf.class,
      description = "Contiguous dimension of A: k (default) or mn.")
  Major majorA = Major.K;

  @Option(
      names = "--major-b",
      paramLabel = "MAJOR",
      converter = MajorOf.class,
      description = "Contiguous dimension of B: k (default) or mn.")
  Major majorB = Major.K;

  @Option(names = "--accumulate", description = "Add the product to D.")
  boolean accumulate;

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
        kind,
        kernelType == null ? arch.defaultScaling(dtype) : kernelType,
        rows,
        columns,
        inner,
        groups,
        majorA,
        majorB,
        dtype,
        outDtype,
        accumulate,
        sms == null ? defaultSms.of(arch) : sms);
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

  /** Turns one of a few words into a value; the error lists the words. */
  private abstract static class Words<T> implements ITypeConverter<T> {
    private final List<T> values;
    private final Function<T, String> word;

    Words(List<T> values, Function<T, String> word) {
      this.values = values;
      this.word = word;
    }

    @Override
    public T convert(String text) {
      String wanted = text.toLowerCase(Locale.ROOT).replace('_', '-');
      return values.stream()
          .filter(value -> word.apply(value).equals(wanted) || dashed(value).equals(wanted))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "\""
                          + text
                          + "\" is not one of "
                          + values.stream().map(word).collect(Collectors.joining(", "))));
    }

    static String dashed(Object value) {
      return value.toString().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public static final class AbType extends Words<DataType> {
    public AbType() {
      super(
          List.of(DataType.FP8_E4M3, DataType.BF16),
          type -> type == DataType.FP8_E4M3 ? "fp8" : "bf16");
    }
  }

  public static final class CdType extends Words<DataType> {
    public CdType() {
      super(List.of(DataType.BF16, DataType.FP32), Words::dashed);
    }
  }

  static final class Kind extends Words<GemmKind> {
    Kind() {
      super(Arrays.asList(GemmKind.values()), Words::dashed);
    }
  }

  static final class KernelType extends Words<ScaleScheme> {
    KernelType() {
      super(Arrays.asList(ScaleScheme.values()), scaling -> dashed(scaling).replace("kernel-", ""));
    }
  }

  private static final class MajorOf extends Words<Major> {
    MajorOf() {
      super(Arrays.asList(Major.values()), Words::dashed);
    }
  }
}
