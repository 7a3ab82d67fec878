package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelSpecTest {
  private static final KernelSpec BASE =
      new KernelSpec(
          "sm90",
          GemmKind.NORMAL,
          ScaleScheme.FP32_1D2D,
          DataType.FP8_E4M3,
          DataType.BF16,
          Major.K,
          Major.K,
          false,
          new Tile(128, 64, 128),
          6,
          new Swizzles(128, 128, 64),
          Multicast.NONE,
          ThreadRoles.producerConsumer(128, 256),
          1);

  /** Values that each component's type can take; a new component of a new type must be added. */
  private static final Map<Class<?>, List<?>> VALUES =
      Map.of(
          String.class, List.of("sm90", "sm100"),
          GemmKind.class, List.of(GemmKind.values()),
          ScaleScheme.class, List.of(ScaleScheme.values()),
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
          ThreadRoles.producerConsumer(128, 256),
          ThreadRoles.producerConsumer(256, 128),
          ThreadRoles.issueEpilogue(128, 256),
          ThreadRoles.producerConsumer(128, 128));

  @Test
  void id_mainKernel_isReadable() {
    assertEquals(
        "sm90_gemm_fp8_e4m3_1d2d_normal_nt_bf16_t128x64x128_s6_w128x128x64_th128x256", BASE.id());
  }

  /** Changes every pair of components in every way: no two kernels may share a name. */
  @Test
  void id_differentSpecs_differ() throws ReflectiveOperationException {
    RecordComponent[] components = KernelSpec.class.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Constructor<KernelSpec> constructor = KernelSpec.class.getDeclaredConstructor(types);
    Object[] base = new Object[components.length];
    for (int i = 0; i < base.length; i++) {
      base[i] = components[i].getAccessor().invoke(BASE);
    }
    Set<KernelSpec> specs = new HashSet<>();
    for (int i = 0; i < base.length; i++) {
      for (int j = i + 1; j < base.length; j++) {
        for (Object first : values(types[i])) {
          for (Object second : values(types[j])) {
            Object[] changed = base.clone();
            changed[i] = first;
            changed[j] = second;
            specs.add(constructor.newInstance(changed));
          }
        }
      }
    }
    assertTrue(specs.size() > 300, () -> "only " + specs.size() + " specs");
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

  private static List<?> values(Class<?> type) {
    List<?> values = type == ThreadRoles.class ? THREADS : VALUES.get(type);
    assertTrue(values != null, () -> "no values for " + type);
    return values == null ? List.of() : values;
  }
}
