package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.spi.Legality;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Sm90SpecTest {
  private final Sm90Spec spec = new Sm90Spec();

  private static GemmDesc desc(
      GemmKind kind, ScaleScheme scaling, int m, Major majorA, Major majorB, DataType d) {
    Signature signature =
        (scaling.isScaled() ? Signature.FP8 : Signature.BF16)
            .withKind(kind)
            .withScaling(scaling)
            .withMajors(majorA, majorB)
            .withOutput(d);
    int groups = kind == GemmKind.NORMAL ? 1 : 5;
    return GemmDesc.of(signature, Shape.of(kind, groups, m, 4096, 7168));
  }

  private static GemmDesc fp8(GemmKind kind, int m) {
    return desc(kind, ScaleScheme.FP32_1D2D, m, Major.K, Major.K, DataType.BF16);
  }

  private static GemmDesc bf16(Major majorA, Major majorB, DataType cd) {
    return desc(GemmKind.NORMAL, ScaleScheme.NONE, 4096, majorA, majorB, cd);
  }

  @Test
  void serviceLoader_findsThePlugin() {
    assertTrue(
        ArchSpecs.load(Sm90Spec.class.getClassLoader()).all().stream()
            .anyMatch(found -> found instanceof Sm90Spec));
  }

  @Test
  void facts_areThoseOfHopper() {
    assertEquals("sm90", spec.id());
    assertEquals("sm_90a", spec.target());
    assertEquals(new ComputeCapability(9, 0), spec.computeCapability());
    assertEquals(227 * 1024, spec.smemCapacity());
    assertEquals(132, spec.defaultNumSms());
  }

  @Test
  void blockMs_smallM_addsSmallTilesLast() {
    assertEquals(List.of(64, 128, 256), spec.candidateMs(fp8(GemmKind.NORMAL, 33)));
    assertEquals(List.of(64, 128, 256, 32), spec.candidateMs(fp8(GemmKind.NORMAL, 32)));
    assertEquals(List.of(64, 128, 256, 32), spec.candidateMs(fp8(GemmKind.NORMAL, 17)));
    assertEquals(List.of(64, 128, 256, 16, 32), spec.candidateMs(fp8(GemmKind.NORMAL, 16)));
  }

  @Test
  void blockMs_smallMOfOtherKernels_staysLarge() {
    GemmDesc oneOne =
        desc(GemmKind.NORMAL, ScaleScheme.FP32_1D1D, 16, Major.K, Major.K, DataType.FP32);
    GemmDesc transposed =
        desc(GemmKind.NORMAL, ScaleScheme.NONE, 16, Major.MN, Major.K, DataType.BF16);
    assertEquals(List.of(64, 128, 256), spec.candidateMs(oneOne));
    assertEquals(List.of(64, 128, 256), spec.candidateMs(transposed));
    assertEquals(List.of(128), spec.candidateMs(fp8(GemmKind.M_GROUPED_CONTIGUOUS, 16)));
    assertEquals(List.of(64, 128), spec.candidateMs(fp8(GemmKind.M_GROUPED_MASKED, 16)));
  }

  @Test
  void blockNs_fp32Of1d1d_areOddMultiplesOfEight() {
    List<Integer> plain = spec.blockNs(Signature.FP8);
    assertEquals(16, plain.size());
    assertEquals(List.of(16, 32, 48), plain.subList(0, 3));
    assertEquals(256, plain.get(15));
    List<Integer> odd =
        spec.blockNs(Signature.FP8.withScaling(ScaleScheme.FP32_1D1D).withOutput(DataType.FP32));
    assertEquals(16, odd.size());
    assertEquals(List.of(16, 24, 40, 56), odd.subList(0, 4));
    assertEquals(248, odd.get(15));
  }

  @ParameterizedTest
  @CsvSource({
    "BF16, K, 256, 128, true", "BF16, K, 256, 144, false", "BF16, K, 128, 256, true",
    "FP32, K, 128, 192, true", "FP32, K, 128, 208, false", "FP32, K, 256, 16, false",
    "BF16, MN, 64, 112, true", "BF16, MN, 64, 144, false", "BF16, MN, 64, 192, true",
  })
  void tile_ofBf16_isLegal(DataType cd, Major majorB, int bm, int bn, boolean legal) {
    Legality answer = spec.tile(bf16(Major.K, majorB, cd).signature(), new Tile(bm, bn, 64));
    assertEquals(legal, answer.isLegal(), answer::reason);
    assertTrue(legal || answer.reason().matches(".*\\d.*"), answer::reason);
  }

  @ParameterizedTest
  @CsvSource({
    "KERNEL_1D2D, BF16, 128, true", "KERNEL_1D2D, BF16, 144, true",
    "KERNEL_1D2D, BF16, 160, true", "KERNEL_1D2D, BF16, 176, false",
    "KERNEL_1D2D, BF16, 192, true", "KERNEL_1D2D, BF16, 208, false",
    "KERNEL_1D1D, FP32, 152, true", "KERNEL_1D1D, FP32, 168, false",
  })
  void tile_ofFp8_isLegal(String scales, DataType cd, int bn, boolean legal) {
    Signature signature = Signature.FP8.withScaling(ScaleScheme.named(scales)).withOutput(cd);
    assertEquals(legal, spec.tile(signature, new Tile(64, bn, 128)).isLegal());
  }

  @ParameterizedTest
  @CsvSource({"96, 4", "160, 4", "192, 4", "144, 32", "128, 32", "64, 32", "112, 32"})
  void stages_fp8_areCappedWhereScalesAlternateOften(int bn, int deepest) {
    Tile tile = new Tile(64, bn, 128);
    for (int stages = 1; stages <= 32; stages++) {
      assertEquals(stages <= deepest, spec.stages(Signature.FP8, tile, stages).isLegal());
    }
    assertTrue(spec.stages(Signature.BF16, new Tile(64, bn, 64), 32).isLegal());
  }

  @Test
  void multicast_bothSides_haveOneRule() {
    Tile tile = new Tile(128, 128, 128);
    for (Multicast side : List.of(Multicast.ON_A, Multicast.ON_B)) {
      GemmDesc normal = fp8(GemmKind.NORMAL, 4096);
      assertTrue(spec.multicast(normal, tile, side, 132).isLegal());
      assertEquals(
          "131 SMs; pairs need an even number", spec.multicast(normal, tile, side, 131).reason());
      assertFalse(spec.multicast(fp8(GemmKind.BATCHED, 4096), tile, side, 132).isLegal());
      // Five groups.
      assertFalse(
          spec.multicast(fp8(GemmKind.K_GROUPED_CONTIGUOUS, 4096), tile, side, 132).isLegal());
      GemmDesc masked = fp8(GemmKind.M_GROUPED_MASKED, 4096);
      assertTrue(spec.multicast(masked, tile, side, 132).isLegal());
      // 4096 / 144 = 28.4: 29 tiles.
      assertEquals(
          "29 tiles along n (4096 / 144); masked groups need an even number",
          spec.multicast(masked, new Tile(128, 144, 128), side, 132).reason());
    }
  }

  @Test
  void smem_fp8_countsEveryPart() {
    GemmDesc desc = fp8(GemmKind.NORMAL, 4096);
    Tile tile = new Tile(64, 160, 128);
    // D: 64 x 160 x 2 = 20,480, a multiple of 1,024. Scales of A: 64 x 4. 56 k-blocks, two rows of
    // scales of B because 160 does not divide 128.
    assertEquals(
        SmemUsage.builder()
            .fixed("staged output", 20_480)
            .perStage("tile of A", 8_192)
            .perStage("tile of B", 20_480)
            .perStage("scales of A", 256)
            .perStage("barriers of a stage", 16)
            .fixed("scales of B along k", 56 * 4 * 2)
            .build(),
        smem(desc, tile, new Swizzles(128, 128, 64)));
  }

  @Test
  void smem_kGroupedFp32_addsTensorMapsAndScalesOfB() {
    GemmDesc desc =
        desc(
            GemmKind.K_GROUPED_CONTIGUOUS,
            ScaleScheme.FP32_1D1D,
            4096,
            Major.K,
            Major.K,
            DataType.FP32);
    Tile tile = new Tile(128, 40, 128);
    // Scales of B: 40 x 4 = 160, rounded up to 256.
    assertEquals(
        SmemUsage.builder()
            .fixed("tensor maps", 512)
            .fixed("staged output", 20_480)
            .perStage("tile of A", 16_384)
            .perStage("tile of B", 5_120)
            .perStage("scales of A", 512)
            .perStage("scales of B", 256)
            .perStage("barriers of a stage", 16)
            .fixed("scales of B along k", 56 * 4 * 2)
            .build(),
        smem(desc, tile, new Swizzles(128, 128, 0)));
  }

  @Test
  void smem_bf16_reservesRoomForScalesNobodyHas() {
    Tile tile = new Tile(64, 64, 64);
    SmemUsage usage =
        smem(bf16(Major.K, Major.K, DataType.BF16), tile, new Swizzles(128, 128, 128));
    assertEquals(7168 / 64 * 4, usage.bytes("scales of B along k"));
    assertEquals(0, usage.bytes("scales of A"));
  }

  /** Of the usual team, that has its tile to itself and shares no operand. */
  private SmemUsage smem(GemmDesc desc, Tile tile, Swizzles swizzles) {
    Team team = Team.of(spec.threads(desc.signature(), tile));
    return spec.smem(desc, tile, Multicast.NONE, team, swizzles);
  }

  /** Nothing beside the slots but three barriers; less of D. */
  @Test
  void smem_ofAClusterThatSplitsK_hasNoRoomForSums() {
    GemmDesc desc = bf16(Major.K, Major.K, DataType.BF16);
    Tile tile = new Tile(128, 256, 64);
    Swizzles swizzles = new Swizzles(128, 128, 128);
    Signature signature = desc.signature();
    Team split = new Team(spec.threads(signature, tile), 2);
    assertTrue(spec.teams(signature, tile).contains(split));
    assertEquals(128, spec.storedColumns(signature, tile, split));
    SmemUsage usage = spec.smem(desc, tile, Multicast.NONE, split, swizzles);
    assertEquals(
        SmemUsage.builder()
            .fixed("staged output", 32_768)
            .perStage("tile of A", 16_384)
            .perStage("tile of B", 32_768)
            .perStage("barriers of a stage", 16)
            .fixed("barriers of the cluster", 24)
            .fixed("scales of B along k", 112 * 4 * 2)
            .build(),
        usage);
    assertTrue(usage.total(4) <= spec.smemCapacity());
    assertEquals(256, spec.storedColumns(signature, tile, Team.of(spec.threads(signature, tile))));
  }

  /** FP32, 128 x 192: slots of 40 KB; eight CTAs exchange 14 shares of 32 columns, 16 KB each. */
  @ParameterizedTest
  @CsvSource({
    "128, 192, 2, true",
    "128, 192, 4, true",
    "128, 192, 8, false",
    "128, 128, 8, true",
    "64, 192, 8, true"
  })
  void teams_areThoseWhoseExchangeFitsTheSlots(int bm, int bn, int splitK, boolean offered) {
    Signature signature = Signature.BF16.withOutput(DataType.FP32);
    Tile tile = new Tile(bm, bn, 64);
    Team team = new Team(spec.threads(signature, tile), splitK);
    assertEquals(offered, spec.teams(signature, tile).contains(team));
  }

  @Test
  void threads_moreThanSixtyFourRows_takeTwoMathWarpgroups() {
    Signature fp8 = Signature.FP8;
    assertEquals(Specs.threads(128), spec.threads(fp8, new Tile(16, 64, 128)));
    assertEquals(Specs.threads(128), spec.threads(fp8, new Tile(64, 64, 128)));
    assertEquals(Specs.threads(256), spec.threads(fp8, new Tile(128, 64, 128)));
  }

  @Test
  void unsupported_fp8MnMajor_isRefused() {
    Signature mn = Signature.FP8.withMajors(Major.K, Major.MN);
    assertEquals(List.of("DG-CONF-04"), spec.unsupported(mn).stream().map(Problem::id).toList());
    assertEquals(
        List.of(),
        spec.unsupported(Signature.BF16.withMajors(Major.MN, Major.MN).withOutput(DataType.FP32)));
    assertEquals(List.of(), spec.unsupported(Signature.FP8));
  }

  /** What kernels can have does not depend on m; which of it a problem is given, does. */
  @Test
  void blockMs_holdEveryCandidate() {
    assertEquals(List.of(64, 128, 256, 16, 32), spec.blockMs(Signature.FP8));
    for (GemmKind kind : GemmKind.values()) {
      for (int m : new int[] {1, 16, 17, 32, 33, 4096}) {
        GemmDesc desc = fp8(kind, m);
        assertTrue(spec.blockMs(desc.signature()).containsAll(spec.candidateMs(desc)));
      }
    }
  }
}
