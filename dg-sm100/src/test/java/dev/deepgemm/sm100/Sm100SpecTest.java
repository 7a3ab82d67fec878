package dev.deepgemm.sm100;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.spi.Legality;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Sm100SpecTest {
  private final Sm100Spec spec = new Sm100Spec();

  private static GemmDesc desc(
      GemmKind kind, ScaleScheme scaling, int m, int k, int groups, Major majorA, Major majorB) {
    Signature signature =
        (scaling.isScaled() ? Signature.FP8 : Signature.BF16)
            .withKind(kind)
            .withScaling(scaling)
            .withMajors(majorA, majorB);
    return GemmDesc.of(signature, Shape.of(kind, groups, m, 4096, k));
  }

  private static GemmDesc fp8(int m, int k, Major majorB) {
    return desc(GemmKind.NORMAL, ScaleScheme.FP32_1D1D, m, k, 1, Major.K, majorB);
  }

  private static GemmDesc kind(GemmKind kind, int m, int groups) {
    return desc(kind, ScaleScheme.FP32_1D1D, m, 7168, groups, Major.K, Major.K);
  }

  @Test
  void serviceLoader_findsThePlugin() {
    assertTrue(
        ArchSpecs.load(Sm100Spec.class.getClassLoader()).all().stream()
            .anyMatch(found -> found instanceof Sm100Spec));
  }

  @Test
  void facts_areThoseOfBlackwell() {
    assertEquals("sm100", spec.id());
    assertEquals("sm_100a", spec.target());
    assertEquals(new ComputeCapability(10, 0), spec.computeCapability());
    assertEquals(227 * 1024, spec.smemCapacity());
    assertEquals(148, spec.defaultNumSms());
    assertEquals(Optional.empty(), spec.kernels());
    assertEquals(ScaleScheme.FP32_1D1D, spec.defaultScaling(DataType.FP8_E4M3));
    assertEquals(ScaleScheme.NONE, spec.defaultScaling(DataType.BF16));
  }

  @Test
  void blockMs_smallM_addsSmallTilesLast() {
    assertEquals(List.of(128, 256), spec.candidateMs(fp8(65, 7168, Major.K)));
    assertEquals(List.of(128, 256, 64), spec.candidateMs(fp8(64, 7168, Major.K)));
    assertEquals(List.of(128, 256, 32, 64), spec.candidateMs(fp8(32, 7168, Major.K)));
    assertEquals(
        List.of(128, 256),
        spec.candidateMs(
            desc(GemmKind.NORMAL, ScaleScheme.FP32_1D2D, 1, 7168, 1, Major.K, Major.K)));
    assertEquals(
        List.of(128, 256),
        spec.candidateMs(
            desc(GemmKind.NORMAL, ScaleScheme.FP32_1D1D, 1, 7168, 1, Major.MN, Major.K)));
    assertEquals(List.of(128), spec.candidateMs(kind(GemmKind.M_GROUPED_CONTIGUOUS, 1, 4)));
    assertEquals(List.of(64, 128), spec.candidateMs(kind(GemmKind.M_GROUPED_MASKED, 1, 4)));
  }

  @Test
  void blockNs_areSixteenThenStepsOfThirtyTwo() {
    assertEquals(List.of(16, 32, 64, 96, 128, 160, 192, 224, 256), spec.blockNs(Signature.FP8));
  }

  @ParameterizedTest
  @CsvSource({
    // K-major B, 1D1D.
    "7168, K, 128, 224, true",
    "7168, K, 256, 64, false",
    // Tensor memory: 2 x 256 columns leave none for scales.
    "7168, K, 128, 256, false",
    "7168, MN, 128, 256, false",
    "7168, MN, 256, 192, true",
    // Small k.
    "256, K, 128, 128, true",
    "256, K, 128, 160, false",
    "257, K, 128, 160, true",
    "256, MN, 256, 128, false",
    // MN-major B: bytes of block_n in steps of 64.
    "7168, MN, 128, 32, false",
    "7168, MN, 128, 64, true",
    "7168, MN, 128, 96, false",
    // Not a multiple of 16.
    "7168, K, 128, 24, false",
  })
  void tile_ofFp8_isLegal(int k, Major majorB, int bm, int bn, boolean legal) {
    Legality answer = legality(fp8(4096, k, majorB), new Tile(bm, bn, 128));
    assertEquals(legal, answer.isLegal(), answer::reason);
    assertTrue(legal || answer.reason().matches(".*\\d.*"), answer::reason);
  }

  /** Of a kernel, and then for the sizes: a selector asks both. */
  private Legality legality(GemmDesc desc, Tile tile) {
    Legality ofKernel = spec.tile(desc.signature(), tile);
    return ofKernel.isLegal() ? spec.candidate(desc, tile) : ofKernel;
  }

  @Test
  void candidate_smallK_isNoRuleOfKernels() {
    Tile wide = new Tile(128, 160, 128);
    GemmDesc small = fp8(4096, 256, Major.K);
    assertTrue(spec.tile(small.signature(), wide).isLegal());
    assertEquals(
        "128 x 160 with k 256; up to k 256 the epilogue dominates, both sides at most 128",
        spec.candidate(small, wide).reason());
  }

  @Test
  void tile_ofBf16_hasAllOfTensorMemory() {
    GemmDesc bf16 = desc(GemmKind.NORMAL, ScaleScheme.NONE, 4096, 7168, 1, Major.K, Major.MN);
    assertTrue(spec.tile(bf16.signature(), new Tile(256, 256, 64)).isLegal());
    assertTrue(spec.tile(bf16.signature(), new Tile(256, 32, 64)).isLegal());
    assertFalse(spec.tile(bf16.signature(), new Tile(256, 16, 64)).isLegal());
    assertEquals(
        "2 accumulators of 256 columns + 12 columns of scales = 524; tensor memory has 512",
        spec.tile(fp8(4096, 7168, Major.MN).signature(), new Tile(128, 256, 128)).reason());
  }

  @Test
  void multicast_onB_needsPairsOfRows() {
    Tile tile = new Tile(128, 128, 128);
    GemmDesc even = fp8(4096, 7168, Major.K);
    assertTrue(spec.multicast(even, tile, Multicast.ON_B, 148).isLegal());
    assertFalse(spec.multicast(even, tile, Multicast.ON_A, 148).isLegal());
    assertEquals(
        "147 SMs; pairs need an even number",
        spec.multicast(even, tile, Multicast.ON_B, 147).reason());
    assertEquals(
        "33 tiles along m (4097 / 128); pairs need an even number",
        spec.multicast(fp8(4097, 7168, Major.K), tile, Multicast.ON_B, 148).reason());
  }

  @ParameterizedTest
  @CsvSource({
    "NORMAL, 1, true", "K_GROUPED_CONTIGUOUS, 300, true", "BATCHED, 32, true",
    "BATCHED, 33, false", "M_GROUPED_CONTIGUOUS, 1, false", "M_GROUPED_MASKED, 4, false",
  })
  void multicast_kinds_thatMayShare(GemmKind kind, int groups, boolean legal) {
    assertEquals(
        legal,
        spec.multicast(kind(kind, 4096, groups), new Tile(128, 128, 128), Multicast.ON_B, 148)
            .isLegal());
  }

  @Test
  void smem_sharedB_loadsHalfOfIt() {
    Tile tile = new Tile(128, 128, 128);
    Tile loaded = spec.loadedTile(tile, Multicast.ON_B);
    assertEquals(new Tile(128, 64, 128), loaded);
    assertEquals(tile, spec.loadedTile(tile, Multicast.NONE));
    assertEquals(
        SmemUsage.builder()
            .fixed("staged output", 128 * 128 * 2)
            .perStage("tile of A", 16_384)
            .perStage("tile of B", 8_192)
            .perStage("scales of A", 512)
            .perStage("scales of B", 512)
            .perStage("barriers of a stage", 24)
            .fixed("barriers", 40)
            .fixed("address of tensor memory", 4)
            .build(),
        smem(fp8(4096, 7168, Major.K), tile, Multicast.ON_B));
  }

  private SmemUsage smem(GemmDesc desc, Tile tile, Multicast multicast) {
    Team team = Team.of(spec.threads(desc.signature(), tile));
    return spec.smem(desc, tile, multicast, team, new Swizzles(128, 128, 128));
  }

  @Test
  void smem_tallTile_stagesHalfOfTheRows() {
    GemmDesc bf16 = desc(GemmKind.NORMAL, ScaleScheme.NONE, 4096, 7168, 1, Major.K, Major.K);
    Tile tile = new Tile(256, 64, 64);
    SmemUsage usage = smem(bf16, tile, Multicast.NONE);
    assertEquals(128 * 128 * 2, usage.bytes("staged output"));
    assertEquals(0, usage.bytes("scales of A"));
    assertEquals(0, usage.bytes("scales of B"));
  }

  @Test
  void smem_1d2d_hasUnpaddedScalesOfA() {
    GemmDesc desc = desc(GemmKind.NORMAL, ScaleScheme.FP32_1D2D, 4096, 7168, 1, Major.K, Major.K);
    Tile tile = new Tile(64, 64, 128);
    SmemUsage usage = smem(desc, tile, Multicast.NONE);
    assertEquals(256, usage.bytes("scales of A"));
    assertEquals(0, usage.bytes("scales of B"));
  }

  @Test
  void threads_areOneWarpgroupEach() {
    assertEquals(
        ThreadRoles.of("issue", 128, "epilogue", 128),
        spec.threads(Signature.FP8, new Tile(128, 64, 128)));
  }
}
