package dev.deepgemm.testkit.rules;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.ref.Reference;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.Buffer;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A static field is final, and nothing that can change is reached from it.
 *
 * <p>The declared type does not tell: {@code static final Map} may hold {@code Map.of()} or a
 * cache, and {@code static final Registry INSTANCE} may hide one. So the value itself is read and
 * followed: through the fields of the root's own classes, which have to be final, and through the
 * elements of unmodifiable collections. What is refused on the way are arrays (an empty one too:
 * return a new one), collections that can be modified, atomics, builders, buffers, references,
 * thread locals, executors and the like ({@link #MUTABLE}). Other classes of the JDK and of
 * libraries are taken to be immutable, a lock and a lambda among them.
 *
 * <p>Reading the value initialises the class. One that cannot be initialised on a machine without a
 * GPU is a violation as well: static initialisers do no work.
 */
final class StaticState extends ArchCondition<JavaField> {
  private static final Set<Class<?>> MUTABLE =
      Set.of(
          AutoCloseable.class,
          BitSet.class,
          Buffer.class,
          Date.class,
          Executor.class,
          Future.class,
          Iterator.class,
          Random.class,
          Reference.class,
          ServiceLoader.class,
          StringBuffer.class,
          StringBuilder.class,
          Thread.class,
          ThreadLocal.class);

  private static final String ATOMICS = "java.util.concurrent.atomic.";

  private static final List<String> UNMODIFIABLE =
      List.of(
          "java.util.ImmutableCollections$",
          "java.util.Collections$Unmodifiable",
          "java.util.Collections$Empty",
          "java.util.Collections$Singleton",
          "com.google.common.collect.Immutable");

  private final String prefix;

  StaticState(String root) {
    super("be final and reach nothing that can change");
    this.prefix = root + ".";
  }

  @Override
  public void check(JavaField field, ConditionEvents events) {
    if (field.getModifiers().contains(JavaModifier.SYNTHETIC)) {
      return; // the compiler's: an enum's values, a switch's table, the switch for assertions
    }
    String problem = problemOf(field);
    if (problem != null) {
      events.add(
          SimpleConditionEvent.violated(
              field, field.getFullName() + " " + problem + " in " + field.getSourceCodeLocation()));
    }
  }

  private @Nullable String problemOf(JavaField field) {
    if (!field.getModifiers().contains(JavaModifier.FINAL)) {
      return "is not final";
    }
    if (field.getRawType().isPrimitive() || field.getRawType().isEquivalentTo(String.class)) {
      return null;
    }
    try {
      return problemOf(
          read(field.reflect(), null), "", Collections.newSetFromMap(new IdentityHashMap<>()));
    } catch (ReflectiveOperationException | LinkageError | RuntimeException e) {
      return "cannot be read: " + e;
    }
  }

  private @Nullable String problemOf(@Nullable Object value, String path, Set<Object> seen)
      throws ReflectiveOperationException {
    if (value == null || !seen.add(value)) {
      return null;
    }
    Class<?> type = value.getClass();
    if (type.isArray()) {
      return "holds an array" + path;
    }
    if (isMutable(type)) {
      return "holds a " + type.getName() + path;
    }
    if (value instanceof Collection<?> elements) {
      return isUnmodifiable(type)
          ? problemOfAll(elements, path, seen)
          : "holds a " + type.getName() + path;
    }
    if (value instanceof Map<?, ?> map) {
      if (!isUnmodifiable(type)) {
        return "holds a " + type.getName() + path;
      }
      String ofKeys = problemOfAll(map.keySet(), path, seen);
      return ofKeys != null ? ofKeys : problemOfAll(map.values(), path, seen);
    }
    if (value instanceof Optional<?> optional) {
      return problemOf(optional.orElse(null), path, seen);
    }
    return type.getName().startsWith(prefix) && !type.isHidden()
        ? problemOfFields(value, path, seen)
        : null;
  }

  private @Nullable String problemOfAll(Collection<?> values, String path, Set<Object> seen)
      throws ReflectiveOperationException {
    for (Object value : values) {
      String problem = problemOf(value, path + " in a collection", seen);
      if (problem != null) {
        return problem;
      }
    }
    return null;
  }

  private @Nullable String problemOfFields(Object value, String path, Set<Object> seen)
      throws ReflectiveOperationException {
    for (Class<?> type = value.getClass();
        type != null && type.getName().startsWith(prefix);
        type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())) {
          continue;
        }
        String name = " in the field " + type.getName() + "." + field.getName() + path;
        if (!Modifier.isFinal(field.getModifiers())) {
          return "can change" + name;
        }
        String problem =
            field.getType().isPrimitive() ? null : problemOf(read(field, value), name, seen);
        if (problem != null) {
          return problem;
        }
      }
    }
    return null;
  }

  private static @Nullable Object read(Field field, @Nullable Object owner)
      throws ReflectiveOperationException {
    field.setAccessible(true);
    return field.get(owner);
  }

  private static boolean isMutable(Class<?> type) {
    return type.getName().startsWith(ATOMICS)
        || MUTABLE.stream().anyMatch(mutable -> mutable.isAssignableFrom(type));
  }

  private static boolean isUnmodifiable(Class<?> type) {
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      String name = c.getName();
      if (UNMODIFIABLE.stream().anyMatch(name::startsWith)) {
        return true;
      }
    }
    return false;
  }
}
