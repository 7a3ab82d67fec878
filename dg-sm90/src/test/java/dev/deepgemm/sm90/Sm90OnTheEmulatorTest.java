package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Team;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels' text, executed: ragged shapes, short and long k, every shape of warpgroups. */
class Sm90OnTheEmulatorTest {

  @ParameterizedTest(name = "{0} {1}x{2}x{3} tile {4}x{5} stages {6} {7} on {8} SMs, {9} k-groups")
  @CsvSource({
    // kind, m, n, k, block_m, block_n, stages, multicast, SMs, groups along k
    "BF16,       1,   16,  64,  16,  16, 4, NONE, 1, 1",
    "BF16,      30,   72, 200,  32,  32, 3, NONE, 2, 1",
    "BF16,     100,  104, 200,  64,  64, 3, NONE, 2, 1",
    "BF16,     200,  200, 120, 128,  96, 2, NONE, 2, 1",
    "BF16,     300,  136,  72, 256,  64, 2, NONE, 1, 1",
    "BF16,      64,  256,  64,  64, 256, 2, NONE, 1, 1",
    "BF16_FP32, 70,   68, 200,  64,  48, 2, NONE, 2, 1",
    "BF16_FP32,130,  132, 100, 128, 128, 2, NONE, 1, 1",
    "FP8,        1,   24, 300,  16,  16, 3, NONE, 1, 1",
    "FP8,        3,   24, 300,  16,  16, 3, NONE, 1, 1",
    "FP8,        8,   24, 300,  16,  16, 3, NONE, 1, 1",
    "FP8,       20,  136, 300,  32,  64, 3, NONE, 2, 1",
    "FP8,      100,  264, 400,  64, 112, 2, NONE, 2, 1",
    "FP8,       70,  400, 200,  64, 160, 2, NONE, 1, 1",
    "FP8,       70,  400, 200,  64, 144, 2, NONE, 1, 1",
    "FP8,      150,  400, 140, 128, 192, 2, NONE, 1, 1",
    "FP8,      300,  136, 300, 256, 128, 2, NONE, 1, 1",
    // A single slot.
    "BF16,      70,   72, 200,  64,  64, 1, NONE, 2, 1",
    "FP8,      200,  136, 300, 128,  64, 1, NONE, 2, 1",
    // Two products in turns: one to five steps.
    "FP8,       70,  136, 100,  64,  64, 3, NONE, 1, 1",
    "FP8,       70,  136, 200,  64,  64, 3, NONE, 1, 1",
    "FP8,       70,  136, 330,  64,  64, 3, NONE, 1, 1",
    "FP8,       70,  136, 460,  64,  64, 3, NONE, 1, 1",
    "FP8,       70,  136, 600,  64,  96, 2, NONE, 1, 1",
    // Pairs: even and odd numbers of tiles on the side that is shared, odd on both.
    "BF16,     256,  128, 200, 128,  64, 2, ON_B, 2, 1",
    "BF16,     150,  136, 130,  64,  64, 2, ON_B, 4, 1",
    "BF16,     150,  136, 130,  64,  64, 2, ON_A, 2, 1",
    "FP8,      150,  264, 260,  64,  96, 2, ON_A, 2, 1",
    "FP8,      300,  200, 260, 128, 112, 2, ON_B, 2, 1",
    "FP8,      300,  136, 140, 256,  48, 2, ON_A, 2, 1",
    // Warpgroups that take turns along k, with and without a step for each.
    "BF16,      16,   40, 700,  16,  16, 6, NONE, 2, 2",
    "BF16,      64,   64,  50,  64,  32, 4, NONE, 2, 4",
    "BF16,     100,   72, 330,  64,  64, 3, NONE, 2, 3",
    "BF16_FP32,100,   72, 330, 128,  64, 4, NONE, 1, 2",
    "FP8,       30,  136, 900,  32,  48, 4, NONE, 2, 2",
    "FP8,       64,   72, 100,  64,  32, 6, NONE, 2, 3",
    "FP8,      150,  136, 700,  64,  64, 4, ON_B, 2, 2"
  })
  void product_matchesDoublePrecision(
      Specs.Kind kind,
      int m,
      int n,
      int k,
      int bm,
      int bn,
      int stages,
      Multicast multicast,
      int sms,
      int kGroups) {
    KernelSpec spec = withTeam(Specs.spec(kind, bm, bn, stages, multicast), kGroups, 1);
    check(spec, kind.desc(m, n, k), sms);
  }

  /**
   * Shares of k that differ, and CTAs without any; shares of the columns that differ, and CTAs without
   * any; one tile per cluster, and several, for which the slots have to be free again.
   */
  @ParameterizedTest(
      name = "{0} {1}x{2}x{3} tile {4}x{5} stages {6} on {7} SMs, {8} k-groups, split {9}")
  @CsvSource({
    // kind, m, n, k, block_m, block_n, stages, SMs, groups along k, split
    "FP8,       20,   72, 1100,  32,  32, 4,  2, 1, 2",
    "FP8,       64,  136,  260,  64,  64, 4,  4, 1, 4",
    "FP8,      100,   72, 1400,  64,  32, 4,  4, 2, 2",
    "FP8,        3,   40,  700,  16,  32, 8, 16, 2, 8",
    "BF16,      40,   72,  330,  64,  32, 3,  8, 1, 4",
    "BF16,      16,   40,  100,  16,  32, 4,  8, 1, 8",
    "BF16,      64,  136,  700,  64,  64, 4,  2, 2, 2",
    "BF16_FP32,100,  136,  700, 128,  64, 2,  2, 1, 2",
    // Large tiles, which have nothing beside their slots.
    "BF16,     140,  520,  200, 128, 256, 4,  2, 1, 2",
    "BF16,     300,  136,  200, 256, 128, 4,  2, 1, 2",
    "BF16_FP32,200,  136,  330, 128, 128, 5,  4, 1, 4",
    "FP8,      150,  264,  600, 128, 128, 5,  2, 1, 2",
    "FP8,      300,  136,  600, 256, 128, 3,  2, 1, 2",
    "FP8,      300,   72,  700, 256,  64, 4,  4, 1, 4",
    // Shares of the columns: 64 and 48, in boxes of 16; 32, 32, 32, 16; 64 and 32 of FP32.
    "BF16,     150,  232,  330,  64, 112, 3,  2, 1, 2",
    "FP8,      150,  232,  500,  64, 112, 3,  4, 1, 4",
    "BF16_FP32,150,  232,  330,  64, 112, 3,  2, 1, 2",
    "BF16_FP32, 70,  200,  330,  64,  96, 4,  4, 2, 4",
    "BF16,     300,  232,  330, 256, 112, 3,  2, 1, 2",
    // 16, 16, 16, and five CTAs with none; one CTA with all of them.
    "BF16,     100,  104,  600,  64,  48, 4,  8, 1, 8",
    "FP8,       30,  104, 1100,  32,  48, 4,  8, 2, 8",
    "FP8,       30,   40,  700,  32,  16, 4,  2, 1, 2",
    // CTAs without a step of k in any of several tiles, with and without columns.
    "BF16,     200,  136,   64,  64,  64, 3,  4, 1, 4",
    "BF16,     200,  136,  300,  64,  48, 4,  8, 1, 8",
    "FP8,       90,  136,  128,  32,  64, 4,  8, 2, 8"
  })
  void clusterThatSplitsK_matchesDoublePrecision(
      Specs.Kind kind,
      int m,
      int n,
      int k,
      int bm,
      int bn,
      int stages,
      int sms,
      int kGroups,
      int splitK) {
    KernelSpec spec = withTeam(Specs.spec(kind, bm, bn, stages, Multicast.NONE), kGroups, splitK);
    check(spec, kind.desc(m, n, k), sms);
  }

  /** What else there is: scales by row, operands that lie the other way, products that are added. */
  @ParameterizedTest(
      name =
          "{0} {1}, {2}: {3}x{4}x{5} tile {6}x{7} stages {8} {9} on {10} SMs, {11} k-groups, split {12}")
  @CsvSource({
    // kind, layout, D = or D +=, m, n, k, block_m, block_n, stages, multicast, SMs,
    // groups along k, split
    // Scales by row. Rows of 24 columns and such; two products in turns, one, and
    // two slabs in turns.
    "FP8_1D1D,  NT, =,    5,  20, 300,  64,  16, 3, NONE, 1, 1, 1",
    "FP8_1D1D,  NT, =,  100,  68, 460,  64,  24, 3, NONE, 2, 1, 1",
    "FP8_1D1D,  NT, +=, 150, 308, 200, 128, 152, 2, NONE, 1, 1, 1",
    "FP8_1D1D,  NT, =,   70, 132, 330,  64, 104, 1, NONE, 2, 1, 1",
    "FP8_1D1D,  NT, =,   70,  84, 700,  64,  40, 4, NONE, 2, 2, 1",
    "FP8_1D1D,  NT, =,  150,  84, 260,  64,  40, 2, ON_A, 2, 1, 1",
    "FP8_1D1D,  NT, +=, 200,  60, 260, 128,  24, 3, ON_B, 2, 1, 1",
    // Shares of 16 and 8 columns; of 16, 16, 16 and 8; of 16 and seven times none.
    "FP8_1D1D,  NT, =,   70,  68, 700,  64,  24, 4, NONE, 2, 1, 2",
    "FP8_1D1D,  NT, +=, 130, 116, 700, 128,  56, 4, NONE, 4, 1, 4",
    "FP8_1D1D,  NT, =,   70,  68, 500,  64,  16, 6, NONE, 8, 2, 8",
    // Layouts. Boxes of 128, 64 and 32 bytes, one and several; k that ends anywhere.
    "BF16,      TN, =,   64,  64,   1,  64,  64, 2, NONE, 1, 1, 1",
    "BF16,      NN, =,   30,  72, 199,  32,  48, 3, NONE, 2, 1, 1",
    "BF16,      TT, =,  300,  72, 131, 256,  64, 2, NONE, 1, 1, 1",
    "BF16,      TN, =,  150, 232, 100, 128, 112, 2, NONE, 1, 1, 1",
    "BF16_FP32, TN, =,  130, 200,  67,  64, 192, 1, NONE, 2, 1, 1",
    "BF16_FP32, NN, =,   70, 132, 333,  64,  96, 4, NONE, 2, 2, 1",
    // Halves of k for both CTAs of a pair, and pairs that share nothing.
    "BF16,      TN, =,  150, 136, 130, 128,  96, 2, ON_A, 2, 1, 1",
    "BF16,      TN, =,  150, 136, 130,  64,  48, 2, ON_B, 4, 1, 1",
    "BF16,      NN, +=,  20,  72, 201,  16,  16, 4, ON_B, 2, 1, 1",
    "BF16_FP32, TT, =,  300,  72,  70, 128,  64, 2, ON_A, 2, 1, 1",
    "BF16,      TN, =,  150, 136, 500,  64,  48, 4, NONE, 4, 1, 4",
    // Added: small tiles too, by TMA; once for each tile, whoever had a part in it.
    "FP8,       NT, +=,   3,  40, 300,  16,  16, 3, NONE, 1, 1, 1",
    "FP8,       NT, +=, 100, 136, 300,  64,  64, 3, NONE, 2, 1, 1",
    "BF16,      NT, +=, 150, 264, 200,  64, 112, 3, ON_A, 2, 1, 1",
    "BF16,      NT, +=, 100, 104, 600,  64,  48, 4, NONE, 8, 1, 8",
    "BF16_FP32, NT, +=, 130, 132, 330, 128,  64, 4, NONE, 2, 2, 2",
  })
  void product_ofOtherSignatures_matchesDoublePrecision(
      Specs.Kind kind,
      String layout,
      String sign,
      int m,
      int n,
      int k,
      int bm,
      int bn,
      int stages,
      Multicast multicast,
      int sms,
      int kGroups,
      int splitK) {
    Signature signature = kind.signature(layout, sign.equals("+="));
    Team team = Specs.team(bm, kGroups, splitK);
    KernelSpec spec = Specs.spec(signature, bm, bn, stages, multicast, team);
    check(spec, GemmDesc.of(signature, new Shape.Dense(m, n, k)), sms);
  }

  private static List<RandomGemm> randomGemms() {
    Random random = new Random(20);
    return Stream.generate(() -> RandomGemm.next(random, Specs.signatures(), 1_500_000))
        .limit(40)
        .toList();
  }

  /** Whatever can be emitted, on whatever it takes. */
  @ParameterizedTest
  @MethodSource("randomGemms")
  void anyProduct_matchesDoublePrecision(RandomGemm gemm) {
    check(gemm.spec(), gemm.desc(), gemm.sms());
  }

  /** Warps that are far ahead, or far behind, depend on the seed; the result does not. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void clusterThatSplitsK_isRightInAnyOrder(long seed) {
    KernelSpec alone = Specs.spec(Specs.Kind.BF16, 64, 48, 3, Multicast.NONE);
    KernelSpec spec = withTeam(alone, 1, 4);
    double first = new EmulatedGemm(Specs.Kind.BF16.desc(200, 136, 200), 1).run(spec, 4, 11);
    double other = new EmulatedGemm(Specs.Kind.BF16.desc(200, 136, 200), 1).run(spec, 4, 11 * seed);
    assertEquals(first, other);
  }

  private static KernelSpec withTeam(KernelSpec alone, int groups, int splitK) {
    return Specs.withTeam(alone, Specs.team(alone.tile().m(), groups, splitK));
  }

  private static void check(KernelSpec spec, GemmDesc desc, int sms) {
    long seed = desc.m() + desc.n() + desc.k();
    double error = new EmulatedGemm(desc, seed).run(spec, sms, 7);
    double tolerance = EmulatedGemm.tolerance(spec.signature());
    assertTrue(error < tolerance, spec.id() + ": relative error " + error);
  }
}
