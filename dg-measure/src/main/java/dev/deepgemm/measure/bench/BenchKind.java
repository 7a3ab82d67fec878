package dev.deepgemm.measure.bench;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A kind of dense product that is measured: what is compiled of it, and the programs that do the same job or
 * a like one.
 *
 * <p>Words are {@code fp8} or {@code bf16}, then what is unusual: {@code 1d1d} scales, a layout that is not
 * {@code nt}, {@code fp32} output, {@code acc} for D = C + A B. The exception is {@code fp8-1d1d}: it is what
 * weight gradients are, so it is stored as FP32 and accumulates, and without that it is {@code
 * fp8-1d1d-noacc}.
 *
 * @param word how users and JSON name it
 * @param signature what is multiplied
 * @param peers programs that are compared, the one that does the same job first
 */
public record BenchKind(String word, Signature signature, List<String> peers) {
  /** Block-scaled FP8 in, BF16 out. */
  public static final BenchKind FP8 =
      new BenchKind(
          "fp8", Signature.FP8, List.of("cublaslt_fp8_block_scaled", "cublaslt_fp8_per_tensor"));

  /** BF16 in, BF16 out. */
  public static final BenchKind BF16 = bf16(Signature.BF16);

  /** BF16 in, FP32 out. */
  public static final BenchKind BF16_FP32 = bf16(Signature.BF16.withOutput(DataType.FP32));

  /** FP8 with a scale per row on both sides, added to FP32: weight gradients. */
  public static final BenchKind FP8_1D1D =
      new BenchKind(
          "fp8-1d1d",
          Signature.FP8
              .withScaling(ScaleScheme.FP32_1D1D)
              .withOutput(DataType.FP32)
              .withAccumulate(true),
          List.of());

  /** Kinds that were there first; what {@code all} means where kinds are timed. */
  public static final List<BenchKind> CLASSIC = List.of(FP8, BF16, BF16_FP32);

  private static final List<BenchKind> ALL = list();

  /** Copies the list. */
  public BenchKind {
    peers = List.copyOf(peers);
  }

  /** Every kind that has a word, in the order of tables. */
  public static List<BenchKind> all() {
    return ALL;
  }

  private static List<BenchKind> list() {
    List<BenchKind> kinds = new ArrayList<>(CLASSIC);
    kinds.add(FP8_1D1D);
    kinds.add(new BenchKind("fp8-1d1d-noacc", FP8_1D1D.signature.withAccumulate(false), List.of()));
    kinds.add(new BenchKind("fp8-acc", Signature.FP8.withAccumulate(true), List.of()));
    for (DataType d : List.of(DataType.BF16, DataType.FP32)) {
      for (boolean accumulate : new boolean[] {false, true}) {
        for (String layout : List.of("nt", "nn", "tn", "tt")) {
          Major a = layout.charAt(0) == 'n' ? Major.K : Major.MN;
          Major b = layout.charAt(1) == 't' ? Major.K : Major.MN;
          kinds.add(bf16(Signature.BF16.withMajors(a, b).withOutput(d).withAccumulate(accumulate)));
        }
      }
    }
    return List.copyOf(new LinkedHashSet<>(kinds));
  }

  private static BenchKind bf16(Signature signature) {
    StringBuilder word = new StringBuilder("bf16");
    boolean accumulate = signature.accumulate();
    boolean wide = signature.dType() == DataType.FP32;
    if (accumulate || !signature.layout().equals("NT")) {
      word.append('-').append(signature.layout().toLowerCase(Locale.ROOT));
    }
    word.append(wide ? "-fp32" : "").append(accumulate ? "-acc" : "");
    // PyTorch's products have outputs of the type of their operands.
    List<String> peers =
        wide ? List.of() : List.of("cublaslt_" + word.toString().replace('-', '_'));
    return new BenchKind(word.toString(), signature, peers);
  }

  /** A product of this kind. */
  public GemmDesc desc(BenchShape shape) {
    return GemmDesc.of(signature, Shape.of(GemmKind.NORMAL, 1, shape.m(), shape.n(), shape.k()));
  }

  /**
   * Kinds as users write them; {@code both} is FP8 and BF16.
   *
   * @param everything what {@code all} means
   * @param problems where to put what is none ({@code DG-BENCH-06})
   */
  public static Set<BenchKind> parse(
      List<String> words, List<BenchKind> everything, List<Problem> problems) {
    Set<BenchKind> kinds = new LinkedHashSet<>();
    for (String text : words) {
      String word = text.strip().toLowerCase(Locale.ROOT);
      List<BenchKind> meant =
          switch (word) {
            case "both" -> List.of(FP8, BF16);
            case "all" -> everything;
            default -> ALL.stream().filter(kind -> kind.word.equals(word)).toList();
          };
      kinds.addAll(meant);
      if (meant.isEmpty()) {
        problems.add(
            Problem.of(
                "DG-BENCH-06",
                "--dtype has \"%s\"; legal: %s, both, all",
                text,
                ALL.stream().map(BenchKind::word).collect(Collectors.joining(", "))));
      }
    }
    return kinds;
  }

  @Override
  public String toString() {
    return word;
  }
}
