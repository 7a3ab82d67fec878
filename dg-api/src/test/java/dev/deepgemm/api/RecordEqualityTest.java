package dev.deepgemm.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Equality that is written out must not forget a component, today's or one that is added. */
class RecordEqualityTest {
  static List<Record> records() {
    return List.of(
        GemmDesc.fp8(64, 128, 256), new Swizzles(128, 64, 32), new ThreadRoles(128, 256, 32, 64));
  }

  @ParameterizedTest
  @MethodSource("records")
  void equality_looksAtEveryComponent(Record value) throws ReflectiveOperationException {
    RecordComponent[] components = value.getClass().getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Constructor<?> constructor = value.getClass().getDeclaredConstructor(types);
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : components) {
      values.add(component.getAccessor().invoke(value));
    }
    Object same = constructor.newInstance(values.toArray());
    assertEquals(value, same);
    assertEquals(value.hashCode(), same.hashCode());
    for (int i = 0; i < components.length; i++) {
      for (Object other : others(components[i], values.get(i))) {
        List<Object> changed = new ArrayList<>(values);
        changed.set(i, other);
        Object different = constructor.newInstance(changed.toArray());
        assertNotEquals(value, different, components[i].getName());
        assertNotEquals(value.hashCode(), different.hashCode(), components[i].getName());
      }
    }
  }

  /** Legal values that differ; none for the groups of a NORMAL problem, which are always one. */
  private static List<Object> others(RecordComponent component, Object value) {
    if (component.getName().equals("groups")) {
      return List.of();
    }
    if (value instanceof Integer number) {
      return List.of(number + 1, number + 31);
    }
    if (value instanceof Boolean flag) {
      return List.of(!flag);
    }
    return Arrays.stream(value.getClass().getEnumConstants())
        .filter(constant -> constant != value)
        .map(Object.class::cast)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("batched")
  void equality_looksAtGroups(GemmDesc one, GemmDesc other) {
    assertNotEquals(one, other);
    assertNotEquals(one.hashCode(), other.hashCode());
  }

  static List<Object[]> batched() {
    return List.<Object[]>of(new Object[] {batch(2), batch(3)});
  }

  private static GemmDesc batch(int groups) {
    GemmDesc d = GemmDesc.fp8(64, 128, 256);
    return new GemmDesc(
        GemmKind.BATCHED,
        d.scaling(),
        d.m(),
        d.n(),
        d.k(),
        groups,
        d.majorA(),
        d.majorB(),
        d.aType(),
        d.dType(),
        d.accumulate(),
        d.smLimit());
  }
}
