package dev.deepgemm.measure.bench;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The kinds of products that are timed, each with the programs that do the same or a like job. */
public enum BenchKind {
  /** Block-scaled FP8 in, BF16 out. */
  FP8("fp8", List.of("cublaslt_fp8_block_scaled", "cublaslt_fp8_per_tensor")),
  /** BF16 in, BF16 out. */
  BF16("bf16", List.of("cublaslt_bf16")),
  /** BF16 in, FP32 out. */
  BF16_FP32("bf16-fp32", List.of());

  private final String word;
  private final List<String> peers;

  BenchKind(String word, List<String> peers) {
    this.word = word;
    this.peers = peers;
  }

  /** How users and JSON name it. */
  public String word() {
    return word;
  }

  /** Peers that are compared, the one that does the same job first. */
  public List<String> peers() {
    return peers;
  }

  public GemmDesc desc(BenchShape shape) {
    return switch (this) {
      case FP8 -> GemmDesc.fp8(shape.m(), shape.n(), shape.k());
      case BF16 -> GemmDesc.bf16(shape.m(), shape.n(), shape.k(), DataType.BF16);
      case BF16_FP32 -> GemmDesc.bf16(shape.m(), shape.n(), shape.k(), DataType.FP32);
    };
  }

  /**
   * Kinds as users write them.
   *
   * @param problems where to put what is none ({@code DG-BENCH-06})
   */
  public static Set<BenchKind> parse(List<String> words, List<Problem> problems) {
    Set<BenchKind> kinds = new LinkedHashSet<>();
    for (String word : words) {
      switch (word.strip().toLowerCase(Locale.ROOT)) {
        case "fp8" -> kinds.add(FP8);
        case "bf16" -> kinds.add(BF16);
        case "bf16-fp32" -> kinds.add(BF16_FP32);
        case "both" -> kinds.addAll(List.of(FP8, BF16));
        case "all" -> kinds.addAll(List.of(values()));
        default ->
            problems.add(
                Problem.of(
                    "DG-BENCH-06",
                    "--dtype has \"%s\"; legal: fp8, bf16, bf16-fp32, both, all",
                    word));
      }
    }
    return kinds;
  }

  @Override
  public String toString() {
    return word;
  }
}
