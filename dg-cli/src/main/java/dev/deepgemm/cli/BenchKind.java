package dev.deepgemm.cli;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import java.util.List;

/** The kinds of products that are timed, each with the programs that do the same or a like job. */
enum BenchKind {
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
  String word() {
    return word;
  }

  /** Peers that are compared, the one that does the same job first. */
  List<String> peers() {
    return peers;
  }

  GemmDesc desc(BenchShape shape) {
    return switch (this) {
      case FP8 -> GemmDesc.fp8(shape.m(), shape.n(), shape.k());
      case BF16 -> GemmDesc.bf16(shape.m(), shape.n(), shape.k(), DataType.BF16);
      case BF16_FP32 -> GemmDesc.bf16(shape.m(), shape.n(), shape.k(), DataType.FP32);
    };
  }

  @Override
  public String toString() {
    return word;
  }
}
