package dev.deepgemm.measure.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BenchKindTest {
  private static BenchKind kind(String word) {
    List<Problem> problems = new ArrayList<>();
    Set<BenchKind> kinds = BenchKind.parse(List.of(word), List.of(), problems);
    assertEquals(List.of(), problems);
    assertEquals(1, kinds.size());
    return kinds.iterator().next();
  }

  @ParameterizedTest
  @CsvSource({
    "fp8, NT, BF16, false",
    "bf16, NT, BF16, false",
    "bf16-fp32, NT, FP32, false",
    "fp8-1d1d, NT, FP32, true",
    "fp8-1d1d-noacc, NT, FP32, false",
    "fp8-acc, NT, BF16, true",
    "bf16-nn, NN, BF16, false",
    "bf16-tn, TN, BF16, false",
    "bf16-tt, TT, BF16, false",
    "bf16-nt-acc, NT, BF16, true",
    "bf16-nn-acc, NN, BF16, true",
    "bf16-tn-fp32, TN, FP32, false",
    "bf16-tn-fp32-acc, TN, FP32, true",
    "BF16-TT-acc, TT, BF16, true"
  })
  void word_namesASignature(String word, String layout, DataType d, boolean accumulate) {
    Signature signature = kind(word).signature();
    assertEquals(layout, signature.layout());
    assertEquals(d, signature.dType());
    assertEquals(accumulate, signature.accumulate());
    assertEquals(
        word.startsWith("fp8") ? DataType.FP8_E4M3 : DataType.BF16, signature.aType(), word);
    assertEquals(word.contains("1d1d"), signature.scaling().equals(ScaleScheme.FP32_1D1D));
  }

  @Test
  void all_areDifferentKindsWithWordsOfTheirOwn() {
    List<BenchKind> all = BenchKind.all();
    assertEquals(20, all.size());
    assertEquals(20, all.stream().map(BenchKind::word).distinct().count());
    assertEquals(20, all.stream().map(BenchKind::signature).distinct().count());
    assertEquals(BenchKind.CLASSIC, all.subList(0, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "bf16, cublaslt_bf16",
    "bf16-nn, cublaslt_bf16_nn",
    "bf16-tt-acc, cublaslt_bf16_tt_acc"
  })
  void peer_ofBf16_isNamedAfterTheKind(String word, String peer) {
    assertEquals(List.of(peer), kind(word).peers());
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp8-1d1d", "bf16-fp32", "bf16-tn-fp32-acc", "fp8-acc"})
  void peer_ofAJobThatNobodyElseDoes_isNone(String word) {
    assertEquals(List.of(), kind(word).peers());
  }

  @Test
  void parse_all_isWhatTheCallerMeans_andEachComesOnce() {
    List<Problem> problems = new ArrayList<>();
    Set<BenchKind> kinds =
        BenchKind.parse(List.of("both", " all ", "fp8"), BenchKind.CLASSIC, problems);
    assertEquals(
        "fp8 bf16 bf16-fp32", kinds.stream().map(BenchKind::word).collect(Collectors.joining(" ")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fp8-nn", "bf16-nt", "bf16-acc", "bf16-tn-acc-fp32"})
  void parse_wordThatIsNone_isAProblemWithTheLegalOnes(String word) {
    List<Problem> problems = new ArrayList<>();
    assertTrue(BenchKind.parse(List.of(word), BenchKind.CLASSIC, problems).isEmpty());
    assertEquals("DG-BENCH-06", problems.get(0).id());
    assertTrue(problems.get(0).message().contains("bf16-tn-fp32-acc"), problems::toString);
  }
}
