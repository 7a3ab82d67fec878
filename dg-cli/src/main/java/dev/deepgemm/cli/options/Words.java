package dev.deepgemm.cli.options;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.ScaleScheme;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Turns one of a few words into a value; the error lists the words. */
public abstract class Words<T> implements ITypeConverter<T> {
  private final List<T> values;
  private final Function<T, String> word;

  Words(List<T> values, Function<T, String> word) {
    this.values = List.copyOf(values);
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

  private static String dashed(Object value) {
    return value.toString().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Types of A and B. */
  public static final class AbType extends Words<DataType> {
    public AbType() {
      super(
          List.of(DataType.FP8_E4M3, DataType.BF16),
          type -> type == DataType.FP8_E4M3 ? "fp8" : "bf16");
    }
  }

  /** Types of D. */
  public static final class DType extends Words<DataType> {
    public DType() {
      super(List.of(DataType.BF16, DataType.FP32), Words::dashed);
    }
  }

  /** Kinds. */
  static final class Kind extends Words<GemmKind> {
    Kind() {
      super(List.of(GemmKind.values()), Words::dashed);
    }
  }

  /** Scale schemes that have a name. */
  static final class Scaling extends Words<ScaleScheme> {
    Scaling() {
      super(ScaleScheme.NAMED, scheme -> scheme.isScaled() ? dashed(scheme.shortName()) : "none");
    }
  }

  /** Layouts of A and B. */
  static final class Layout extends Words<OperandLayout> {
    Layout() {
      super(List.of(OperandLayout.values()), Words::dashed);
    }
  }
}
