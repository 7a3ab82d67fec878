package dev.deepgemm.sm90;

import static dev.deepgemm.api.config.Multicast.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Schedule;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.kernels.warpgroup.KernelSmem;
import dev.deepgemm.spi.Legality;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class Sm90KernelsTest {
  private final Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());

  private static List<Signature> signatures() {
    return Specs.signatures();
  }

  @ParameterizedTest
  @MethodSource("signatures")
  void supports_whatHasKernels(Signature signature) {
    assertTrue(kernels.supports(signature).isLegal());
    KernelSpec spec = Specs.spec(signature, 64, 16, 3, NONE, Specs.team(64, 1, 1));
    assertTrue(kernels.canEmit(spec).isLegal(), kernels.canEmit(spec).reason());
  }

  @Test
  void supports_anythingElse_saysWhatThereIs() {
    Signature fp8 = Signature.FP8;
    List<Signature> others =
        List.of(
            fp8.withKind(GemmKind.M_GROUPED_CONTIGUOUS),
            // Scales by row are for FP32 output, and those by block for BF16.
            fp8.withScaling(ScaleScheme.FP32_1D1D),
            fp8.withOutput(DataType.FP32),
            fp8.withScaling(ScaleScheme.UE8M0_1D1D),
            fp8.withScaling(ScaleScheme.NONE),
            fp8.withMajors(Major.K, Major.MN),
            fp8.withMajors(Major.MN, Major.K),
            fp8.withTypes(DataType.FP8_E4M3, DataType.BF16),
            Signature.BF16.withTypes(DataType.BF16, DataType.FP32),
            Signature.BF16.withOutput(DataType.FP8_E4M3),
            Signature.BF16.withScaling(ScaleScheme.FP32_1D2D));
    for (Signature other : others) {
      Legality answer = kernels.supports(other);
      assertFalse(answer.isLegal(), other.toString());
      assertTrue(answer.reason().contains("no kernel"), answer.reason());
    }
  }

  @Test
  void emit_everySpec_givesItsOwnText() {
    // Text without the entry's name: two specs whose code is the same would be one kernel too many.
    Set<String> texts = new HashSet<>();
    List<Signature> kinds = Stream.of(Specs.Kind.values()).map(Specs.Kind::signature).toList();
    List<KernelSpec> specs = new ArrayList<>(Specs.all(kinds, new int[] {2, 5}));
    assertTrue(specs.size() > 1000, "only " + specs.size() + " specs");
    List<KernelSpec> others = Specs.all(signatures(), new int[] {3});
    IntStream.range(0, others.size())
        .filter(i -> i % 7 == 0)
        .mapToObj(others::get)
        .forEach(specs::add);
    for (KernelSpec spec : specs) {
      PtxModule module = kernels.emit(spec);
      assertEquals(spec.id(), module.entry());
      assertEquals(spec.threads().total(), module.threads());
      assertEquals(spec.multicast().ctas(), module.cluster());
      assertTrue(texts.add(module.text().replace(spec.id(), "")), spec.id());
    }
  }

  /** Names are entry points, and in caches and kernel packs: these are the ones of the first release. */
  @Test
  void id_isWhatItWas() {
    assertEquals(
        "sm90_gemm_fp8_e4m3_1d2d_normal_nt_bf16_t256x96x128_s3_w128x128x64_mca_th128x256",
        Specs.spec(Specs.Kind.FP8, 256, 96, 3, Multicast.ON_A).id());
    assertEquals(
        "sm90_gemm_bf16_no_sf_normal_nt_bf16_t64x256x64_s2_w128x128x128_th128x128",
        Specs.spec(Specs.Kind.BF16, 64, 256, 2, NONE).id());
    assertEquals(
        "sm90_gemm_bf16_no_sf_normal_nt_fp32_t128x128x64_s5_w128x128x0_th128x256_sk4",
        split(Specs.spec(Specs.Kind.BF16_FP32, 128, 128, 5, NONE), 4).id());
    KernelSpec slices =
        Specs.withTeam(
            Specs.spec(Specs.Kind.FP8, 64, 64, 4, Multicast.ON_B), Team.of(Specs.threads(256)));
    assertEquals(
        "sm90_gemm_fp8_e4m3_1d2d_normal_nt_bf16_t64x64x128_s4_w128x128x128_mcb_th128x256",
        slices.id());
  }

  @ParameterizedTest
  @EnumSource(Specs.Kind.class)
  void emit_twice_givesTheSameBytes(Specs.Kind kind) {
    KernelSpec spec = Specs.spec(kind, 128, 16, 3, Multicast.ON_A);
    assertEquals(kernels.emit(spec), kernels.emit(spec));
  }

  @Test
  void emit_leavesNoInstructionWithoutOrigin() {
    PtxModule module = kernels.emit(Specs.spec(Specs.Kind.FP8, 128, 128, 5, Multicast.ON_B));
    List<String> lines = module.text().lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("wgmma") || lines.get(i).contains("cp.async.bulk")) {
        String origin = module.origin(i + 1).orElse("nowhere");
        assertTrue(origin.matches("[\\w$]+\\.\\S+\\(\\w+\\.java:\\d+\\)"), origin);
      }
    }
  }

  @Test
  void emit_ofAnIllegalSpec_namesSpecAndRule() {
    KernelSpec tooDeep = Specs.spec(Specs.Kind.BF16, 128, 128, 9, Multicast.NONE);
    UnsupportedGemmException error =
        assertThrows(UnsupportedGemmException.class, () -> kernels.emit(tooDeep));
    assertTrue(error.getMessage().contains("DG-KERN-01"), error.getMessage());
    assertTrue(error.getMessage().contains("232448"), error.getMessage());
  }

  @Test
  void canEmit_refusesTilesThatReadBehindSharedMemory() {
    KernelSpec shallow = Specs.spec(Specs.Kind.FP8, 16, 16, 1, Multicast.NONE);
    Legality answer = kernels.canEmit(shallow);
    assertFalse(answer.isLegal());
    assertTrue(answer.reason().contains("behind the end of shared memory"), answer.reason());
    assertTrue(kernels.canEmit(Specs.spec(Specs.Kind.FP8, 16, 16, 8, Multicast.NONE)).isLegal());
  }

  @Test
  void canEmit_refusesSlotsTooFewForWhatAClusterExchanges() {
    // Two boxes of 128 columns: 64 registers of 256 threads each; a slot has 48 KB.
    Legality answer = kernels.canEmit(split(Specs.spec(Specs.Kind.BF16, 128, 256, 2, NONE), 2));
    assertFalse(answer.isLegal());
    assertTrue(answer.reason().contains("98304 bytes"), answer.reason());
    assertTrue(answer.reason().contains("2 CTAs exchange in them take 131072"), answer.reason());
    assertTrue(kernels.canEmit(split(Specs.spec(Specs.Kind.BF16, 128, 256, 3, NONE), 2)).isLegal());
  }

  @ParameterizedTest
  @CsvSource({
    // block_n, split, swizzle of D: its atom divides the tile and the shares
    "128, 2, 128",
    "128, 4, 64",
    "128, 8, 32",
    "112, 2, 32",
    "96, 2, 32",
    "192, 2, 64",
    "48, 8, 32"
  })
  void canEmit_wantsBoxesThatDivideTheShares(int bn, int splitK, int swizzle) {
    KernelSpec good = split(Specs.spec(Specs.Kind.BF16, 64, bn, 5, NONE), splitK);
    assertEquals(swizzle, good.swizzles().d());
    assertTrue(kernels.canEmit(good).isLegal(), kernels.canEmit(good).reason());
    int other = swizzle == 128 ? 64 : 2 * swizzle;
    assertFalse(kernels.canEmit(withSwizzles(good, new Swizzles(128, 128, other))).isLegal());
  }

  private static KernelSpec split(KernelSpec alone, int splitK) {
    return Specs.withTeam(alone, new Team(alone.threads(), splitK));
  }

  @Test
  void canEmit_checksEveryPartOfTheIdentity() {
    KernelSpec good = Specs.spec(Specs.Kind.BF16, 128, 128, 4, Multicast.NONE);
    assertTrue(kernels.canEmit(good).isLegal());
    assertFalse(
        kernels.canEmit(Specs.spec(Specs.Kind.BF16, 128, 120, 4, Multicast.NONE)).isLegal());
    assertFalse(kernels.canEmit(Specs.spec(Specs.Kind.BF16, 96, 128, 4, Multicast.NONE)).isLegal());
    assertFalse(
        kernels.canEmit(Specs.spec(Specs.Kind.BF16, 256, 144, 2, Multicast.NONE)).isLegal());
    assertFalse(kernels.canEmit(Specs.spec(Specs.Kind.FP8, 128, 96, 5, Multicast.NONE)).isLegal());
    assertFalse(
        kernels.canEmit(Specs.spec(Specs.Kind.BF16, 128, 128, 0, Multicast.NONE)).isLegal());
    assertFalse(kernels.canEmit(withSwizzles(good, new Swizzles(64, 128, 128))).isLegal());
    assertFalse(kernels.canEmit(withSwizzles(good, new Swizzles(128, 128, 64))).isLegal());
  }

  private static KernelSpec withSwizzles(KernelSpec s, Swizzles swizzles) {
    Schedule schedule = new Schedule(s.tile(), s.multicast(), s.team(), swizzles, s.stages());
    return new KernelSpec(s.arch(), s.signature(), schedule);
  }

  @Test
  void smem_ofEverySpec_holdsWhatTheConfigurationPromises() {
    int[] stages = {1, 2, 3, 5, 8, 13, 21, 32};
    for (KernelSpec spec : Specs.all(signatures(), stages)) {
      KernelSmem smem = Sm90Gemm.smem(spec);
      int promised = Sm90SmemLayout.of(spec, spec.tile().k()).usage().total(spec.stages());
      assertTrue(smem.empty().end() <= promised, spec.id());
      // FP32 is staged a slab of each warpgroup at a time.
      int rows = spec.dType() == DataType.FP32 ? Math.min(128, spec.tile().m()) : spec.tile().m();
      int dBytes = rows * spec.tile().n() * spec.dType().bytes();
      assertTrue(smem.d().stride() >= dBytes, spec.id());
      assertEquals(spec.dType() == DataType.FP32 ? 0 : 1, Math.min(1, spec.swizzles().d()));
    }
  }

  /**
   * A read of B's scales that waits behind wgmma must not see the next step's: seen on an H200 with six math
   * warpgroups. The emulator runs a read when it is issued, so only the text tells.
   */
  @Test
  void scalesPerRow_areReadBehindAFenceBeforeTheirSlotIsReleased() {
    for (KernelSpec spec : Specs.all(signatures(), new int[] {3})) {
      if (!spec.scaling().equals(ScaleScheme.FP32_1D1D)) {
        continue;
      }
      String text = kernels.emit(spec).text();
      String loop = text.substring(text.indexOf("math: main loop"));
      int releases = 0;
      int at = loop.indexOf("bar.warp.sync");
      while (at >= 0) {
        String before = loop.substring(Math.max(0, at - 60), at);
        assertTrue(before.contains("fence.proxy.async"), spec.id() + ": " + before);
        int scale = loop.lastIndexOf("ld.shared", at);
        assertTrue(scale >= 0 && scale < at, spec.id());
        releases++;
        at = loop.indexOf("bar.warp.sync", at + 1);
      }
      assertTrue(releases > 0, spec.id());
    }
  }
}
