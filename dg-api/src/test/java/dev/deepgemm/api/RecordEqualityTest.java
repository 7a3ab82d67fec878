package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ScaleScheme.Format;
import dev.deepgemm.api.ScaleScheme.Granularity;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Schedule;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.api.config.Swizzles;
import dev.deepgemm.api.config.Team;
import dev.deepgemm.api.config.ThreadRoles;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.api.launch.DeviceMatrix;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.OperandRole;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Equality that is written out must not forget a component, today's or one that is added. */
class RecordEqualityTest {
  private static final Signature SIGNATURE = Signature.FP8;
  private static final ThreadRoles ROLES = ThreadRoles.of("tma", 128, "math", 256);
  private static final Schedule SCHEDULE =
      new Schedule(
          new Tile(128, 64, 128), Multicast.NONE, Team.of(ROLES), new Swizzles(128, 64, 32), 4);

  /** Whatever can stand in for a component that is a record or a list itself. */
  private static final List<Object> OTHERS =
      List.of(
          Signature.BF16,
          SIGNATURE.withOutput(DataType.FP32),
          SIGNATURE.withKind(GemmKind.BATCHED),
          Signature.Input.BF16,
          new Signature.Input(DataType.FP8_E4M3, Major.MN),
          new Signature.Output(DataType.FP32, false),
          new Signature.Output(DataType.BF16, true),
          ScaleScheme.NONE,
          ScaleScheme.FP32_1D1D,
          Granularity.ROW_128,
          Granularity.BLOCK_128,
          new Granularity(1, 32),
          new Shape.Dense(65, 128, 256),
          new Shape.Dense(64, 128, 257),
          new Shape.Batched(2, 64, 128, 256),
          new Schedule(SCHEDULE.tile(), Multicast.ON_A, SCHEDULE.team(), SCHEDULE.swizzles(), 4),
          new Tile(64, 64, 128),
          new Swizzles(128, 64, 64),
          new Team(ROLES, 2),
          ThreadRoles.of("tma", 128, "math", 128),
          ThreadRoles.of("issue", 128, "epilogue", 256),
          List.of(new ThreadRoles.Part("tma", 128)),
          List.of(new ThreadRoles.Part("math", 256), new ThreadRoles.Part("tma", 128)));

  static List<Record> records() {
    return List.of(
        GemmDesc.fp8(64, 128, 256),
        SIGNATURE,
        Signature.Input.FP8,
        SIGNATURE.d(),
        new Shape.Dense(64, 128, 256),
        new Shape.Batched(3, 64, 128, 256),
        new Shape.Contiguous(3, 64, 128, 256),
        new Shape.Masked(3, 64, 4096, 128, 256),
        new Shape.KGrouped(3, 64, 128, 256, 500),
        SCHEDULE,
        new KernelSpec("sm90", SIGNATURE, SCHEDULE),
        new Tile(128, 64, 128),
        SCHEDULE.team(),
        ROLES,
        ROLES.parts().get(0),
        ScaleScheme.FP32_1D2D,
        Granularity.BLOCK_128,
        new Swizzles(128, 64, 32));
  }

  @ParameterizedTest
  @MethodSource("records")
  void equality_looksAtEveryComponent(Record value) throws ReflectiveOperationException {
    RecordComponent[] components = value.getClass().getRecordComponents();
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : components) {
      values.add(component.getAccessor().invoke(value));
    }
    Object same = make(value.getClass(), values).orElseThrow();
    assertEquals(value, same);
    assertEquals(value.hashCode(), same.hashCode());
    assertNotEquals(value, null);
    for (int i = 0; i < components.length; i++) {
      String name = value.getClass().getSimpleName() + "." + components[i].getName();
      int compared = 0;
      for (Object other : others(components[i].getType(), values.get(i))) {
        List<Object> changed = new ArrayList<>(values);
        changed.set(i, other);
        Optional<Record> different = make(value.getClass(), changed);
        if (different.isPresent()) {
          compared++;
          assertNotEquals(value, different.get(), name);
          assertNotEquals(value.hashCode(), different.get().hashCode(), name);
        }
      }
      assertTrue(compared > 0, () -> "no other legal value for " + name);
    }
  }

  /** Empty if such a value is not legal. */
  private static Optional<Record> make(Class<?> type, List<Object> values)
      throws ReflectiveOperationException {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return Optional.of((Record) type.getDeclaredConstructor(types).newInstance(values.toArray()));
    } catch (InvocationTargetException e) {
      assertTrue(
          e.getCause() instanceof InvalidGemmException
              || e.getCause() instanceof IllegalArgumentException,
          () -> "not a refusal: " + e.getCause());
      return Optional.empty();
    }
  }

  private static List<Object> others(Class<?> type, Object value) {
    if (value instanceof Integer number) {
      return List.of(number + 1, number + 31);
    }
    if (value instanceof Long number) {
      return List.of(number + 1, number + 31);
    }
    if (value instanceof Boolean flag) {
      return List.of(!flag);
    }
    if (value instanceof String text) {
      return List.of(text + "x", "x" + text);
    }
    List<Object> candidates = type.isEnum() ? List.of(value.getClass().getEnumConstants()) : OTHERS;
    return candidates.stream().filter(type::isInstance).filter(it -> !it.equals(value)).toList();
  }

  @Test
  void forms_ofTheSameExtents_differ() {
    List<Shape> forms = new ArrayList<>();
    for (GemmKind kind : GemmKind.values()) {
      forms.add(Shape.of(kind, 1, 64, 128, 256));
    }
    for (Shape one : forms) {
      for (Shape other : forms) {
        assertEquals(one == other, one.equals(other), one + " and " + other);
      }
    }
  }

  @Test
  void scaleFormat_isPartOfAScheme() {
    ScaleScheme fp32 = ScaleScheme.FP32_1D1D;
    assertNotEquals(fp32, new ScaleScheme(fp32.a(), fp32.b(), Format.UE8M0));
  }

  @Test
  void smemUsage_comparesNameBytesAndStagesOfEveryPart() {
    SmemUsage usage = SmemUsage.builder().fixed("d", 64).perStage("a", 32).build();
    List<SmemUsage> different =
        List.of(
            SmemUsage.builder().fixed("d", 65).perStage("a", 32).build(),
            SmemUsage.builder().fixed("e", 64).perStage("a", 32).build(),
            SmemUsage.builder().perStage("d", 64).perStage("a", 32).build(),
            SmemUsage.builder().fixed("d", 64).perStage("a", 33).build(),
            SmemUsage.builder().fixed("d", 64).build(),
            SmemUsage.builder().fixed("d", 64).perStage("a", 32).fixed("e", 1).build());
    SmemUsage same = SmemUsage.builder().fixed("d", 64).perStage("a", 32).fixed("no", 0).build();
    assertDiffer(usage, same, different);
  }

  @Test
  void gemmOperands_compareEveryRole() {
    List<Object> different = new ArrayList<>();
    GemmOperands all = operands();
    for (OperandRole role : OperandRole.values()) {
      different.add(all.with(role, new DeviceMatrix(0xfff0, 64)));
      different.add(all.with(role, null));
    }
    different.add(all.withConstantB(true));
    assertDiffer(all, operands(), different);
  }

  private static GemmOperands operands() {
    GemmOperands.Builder builder = GemmOperands.builder();
    for (OperandRole role : OperandRole.values()) {
      builder.set(role, new DeviceMatrix(0x1000L * (1 + role.ordinal()), 64));
    }
    return builder.build();
  }

  private static void assertDiffer(Object value, Object same, List<?> different) {
    assertEquals(value, same);
    assertEquals(value.hashCode(), same.hashCode());
    for (Object other : different) {
      assertNotEquals(value, other);
      assertNotEquals(value.hashCode(), other.hashCode(), other::toString);
    }
  }
}
