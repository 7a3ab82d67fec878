package dev.deepgemm.api.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.ScaleScheme.Format;
import dev.deepgemm.api.ScaleScheme.Granularity;
import dev.deepgemm.api.Signature;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelSpecTest {
  private static final Schedule SCHEDULE =
      new Schedule(
          new Tile(128, 64, 128),
          Multicast.NONE,
          Team.of(ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 256)),
          new Swizzles(128, 128, 64),
          6);
  private static final KernelSpec BASE = new KernelSpec("sm90", Signature.FP8, SCHEDULE);

  /**
   * Values that the parts of an identity can take; a part of a type that is not here is taken apart
   * if it is a record, and must be added if it is none.
   */
  private static final Map<Class<?>, List<?>> VALUES =
      Map.of(
          String.class, List.of("sm90", "sm100"),
          GemmKind.class, List.of(GemmKind.values()),
          ScaleScheme.class, scaleSchemes(),
          DataType.class, List.of(DataType.values()),
          Major.class, List.of(Major.values()),
          boolean.class, List.of(false, true),
          Tile.class,
              List.of(
                  new Tile(128, 64, 128),
                  new Tile(64, 128, 128),
                  new Tile(64, 64, 128),
                  new Tile(128, 64, 64)),
          int.class, List.of(6, 5, 32),
          Swizzles.class,
              List.of(
                  new Swizzles(128, 128, 64),
                  new Swizzles(128, 64, 128),
                  new Swizzles(64, 128, 128),
                  new Swizzles(128, 128, 0)),
          Multicast.class, List.of(Multicast.values()));

  private static final List<ThreadRoles> THREADS =
      List.of(
          ThreadRoles.of("tma", 128, "math", 256),
          ThreadRoles.of("tma", 256, "math", 128),
          ThreadRoles.of("math", 128, "tma", 256),
          ThreadRoles.of("issue", 128, "epilogue", 256),
          ThreadRoles.of("epilogue", 128, "issue", 256),
          ThreadRoles.of("tma", 128, "math", 128),
          ThreadRoles.of("math", 128),
          ThreadRoles.of("tma", 128),
          ThreadRoles.of("tma-math", 128),
          new ThreadRoles(
              List.of(
                  new ThreadRoles.Part("tma", 128),
                  new ThreadRoles.Part("math", 256),
                  new ThreadRoles.Part("store", 32))));

  private static List<ScaleScheme> scaleSchemes() {
    List<ScaleScheme> schemes = new ArrayList<>(ScaleScheme.NAMED);
    List<Granularity> blocks =
        List.of(
            Granularity.ROW_128,
            Granularity.BLOCK_128,
            new Granularity(64, 128),
            new Granularity(1, 32));
    for (Granularity a : blocks) {
      for (Granularity b : blocks) {
        schemes.add(new ScaleScheme(a, b, Format.FP32));
        schemes.add(new ScaleScheme(a, b, Format.UE8M0));
      }
    }
    return schemes.stream().distinct().toList();
  }

  @Test
  void id_mainKernel_isReadable() {
    assertEquals(
        "sm90_gemm_fp8_e4m3_1d2d_normal_nt_bf16_t128x64x128_s6_w128x128x64_th128x256", BASE.id());
  }

  /** Names are in caches and kernel packs: these are the ones of the first release. */
  @Test
  void id_sm90_isWhatItWas() {
    Tile bf16Tile = new Tile(64, 96, 64);
    ThreadRoles small = ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 128);
    ThreadRoles slices = ThreadRoles.of(ThreadRoles.TMA, 128, ThreadRoles.MATH, 512);
    Signature toFp32 = Signature.BF16.withOutput(DataType.FP32);
    assertEquals(
        "sm90_gemm_bf16_no_sf_normal_nt_fp32_t64x96x64_s5_w128x128x0_mcb_th128x128",
        new KernelSpec(
                "sm90",
                toFp32,
                new Schedule(
                    bf16Tile, Multicast.ON_B, Team.of(small), new Swizzles(128, 128, 0), 5))
            .id());
    assertEquals(
        "sm90_gemm_fp8_e4m3_1d2d_normal_nt_bf16_t256x96x128_s3_w128x128x64_mca_th128x512",
        new KernelSpec(
                "sm90",
                Signature.FP8,
                new Schedule(
                    new Tile(256, 96, 128),
                    Multicast.ON_A,
                    Team.of(slices),
                    new Swizzles(128, 128, 64),
                    3))
            .id());
    assertEquals(
        "sm90_gemm_bf16_no_sf_normal_nt_bf16_t64x96x64_s4_w128x128x32_th128x128_sk4",
        new KernelSpec(
                "sm90",
                Signature.BF16,
                new Schedule(
                    bf16Tile, Multicast.NONE, new Team(small, 4), new Swizzles(128, 128, 32), 4))
            .id());
    assertEquals(
        "sm90_gemm_bf16_no_sf_batched_tn_bf16acc_t64x96x64_s4_w128x128x32_th128x128",
        new KernelSpec(
                "sm90",
                Signature.BF16
                    .withKind(GemmKind.BATCHED)
                    .withMajors(Major.MN, Major.MN)
                    .withAccumulate(true),
                new Schedule(
                    bf16Tile, Multicast.NONE, Team.of(small), new Swizzles(128, 128, 32), 4))
            .id());
    assertEquals(
        "sm90_gemm_fp8_e4m3_1d1d_k_grouped_contiguous_nt_fp32acc_t128x40x128_s6_w128x128x0_th128x256",
        new KernelSpec(
                "sm90",
                Signature.FP8
                    .withKind(GemmKind.K_GROUPED_CONTIGUOUS)
                    .withScaling(ScaleScheme.FP32_1D1D)
                    .withOutput(DataType.FP32)
                    .withAccumulate(true),
                new Schedule(
                    new Tile(128, 40, 128),
                    Multicast.NONE,
                    SCHEDULE.team(),
                    new Swizzles(128, 128, 0),
                    6))
            .id());
  }

  /** Roles that are not those of Hopper are named: their numbers alone would say too little. */
  @Test
  void id_otherRolesAndTypes_areNamed() {
    Schedule blackwell =
        new Schedule(
            new Tile(128, 64, 128),
            Multicast.NONE,
            Team.of(ThreadRoles.of("issue", 128, "epilogue", 128)),
            new Swizzles(128, 128, 64),
            6);
    assertEquals(
        "sm100_gemm_fp8_e4m3xbf16_1d1d_ue8m0_normal_nt_bf16_t128x64x128_s6_w128x128x64"
            + "_issue128_epilogue128",
        new KernelSpec(
                "sm100",
                Signature.FP8
                    .withTypes(DataType.FP8_E4M3, DataType.BF16)
                    .withScaling(ScaleScheme.UE8M0_1D1D),
                blackwell)
            .id());
  }

  /** Changes every pair of components in every way: no two kernels may share a name. */
  @Test
  void id_differentSpecs_differ() throws ReflectiveOperationException {
    List<Object> base = new ArrayList<>();
    List<Class<?>> types = new ArrayList<>();
    flatten(KernelSpec.class, BASE, base, types);
    Set<KernelSpec> specs = new HashSet<>();
    for (int i = 0; i < base.size(); i++) {
      for (int j = i + 1; j < base.size(); j++) {
        for (Object first : values(types.get(i))) {
          for (Object second : values(types.get(j))) {
            List<Object> changed = new ArrayList<>(base);
            changed.set(i, first);
            changed.set(j, second);
            specs.add((KernelSpec) build(KernelSpec.class, changed.iterator()));
          }
        }
      }
    }
    assertTrue(specs.size() > 1500, () -> "only " + specs.size() + " specs");
    Set<String> ids = new HashSet<>();
    List<String> doubles = new ArrayList<>();
    for (KernelSpec spec : specs) {
      assertTrue(spec.id().matches("[a-z][a-z0-9_]*"), spec.id());
      if (!ids.add(spec.id())) {
        doubles.add(spec.id());
      }
    }
    assertEquals(List.of(), doubles);
  }

  /** The values of a record, and those of the records in it. */
  private static void flatten(
      Class<?> type, Object value, List<Object> values, List<Class<?>> types)
      throws ReflectiveOperationException {
    if (!type.isRecord() || isLeaf(type)) {
      values.add(value);
      types.add(type);
      return;
    }
    for (RecordComponent component : type.getRecordComponents()) {
      flatten(component.getType(), component.getAccessor().invoke(value), values, types);
    }
  }

  private static Object build(Class<?> type, Iterator<Object> values)
      throws ReflectiveOperationException {
    if (!type.isRecord() || isLeaf(type)) {
      return values.next();
    }
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    Object[] parts = new Object[types.length];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = build(types[i], values);
    }
    return type.getDeclaredConstructor(types).newInstance(parts);
  }

  private static boolean isLeaf(Class<?> type) {
    return type == ThreadRoles.class || VALUES.containsKey(type);
  }

  private static List<?> values(Class<?> type) {
    List<?> values = type == ThreadRoles.class ? THREADS : VALUES.get(type);
    assertTrue(values != null, () -> "no values for " + type);
    return values == null ? List.of() : values;
  }
}
