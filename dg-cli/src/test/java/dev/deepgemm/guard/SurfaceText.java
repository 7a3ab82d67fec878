package dev.deepgemm.guard;

import static java.util.stream.Collectors.joining;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What others can compile against, in lines: a type per paragraph, sorted, with everything of it that is public
 * or protected. Record components and enum constants keep their order, because it counts. What every record
 * or enum has, and {@code equals}, {@code hashCode} and {@code toString}, is left out.
 */
final class SurfaceText {
  private static final Set<String> OF_OBJECT = Set.of("equals", "hashCode", "toString");
  private static final Set<String> OF_ENUM = Set.of("values", "valueOf");

  private SurfaceText() {}

  static List<String> of(List<Class<?>> types) {
    List<String> lines = new ArrayList<>();
    types.stream()
        .filter(SurfaceText::isVisible)
        .sorted(Comparator.comparing(Class::getName))
        .forEach(type -> describe(type, lines));
    return lines;
  }

  private static boolean isVisible(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return (type.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0
        && (outer == null || isVisible(outer));
  }

  private static boolean isVisible(Member member) {
    return (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0
        && !((member instanceof Executable executable && executable.isSynthetic()));
  }

  private static void describe(Class<?> type, List<String> lines) {
    lines.add(header(type));
    if (type.isEnum()) {
      for (Object constant : type.getEnumConstants()) {
        lines.add("  constant " + ((Enum<?>) constant).name());
      }
    }
    if (type.isRecord()) {
      for (RecordComponent component : type.getRecordComponents()) {
        lines.add("  component " + type(component.getAnnotatedType()) + " " + component.getName());
      }
    }
    List<String> members = new ArrayList<>();
    Stream.of(type.getDeclaredFields())
        .filter(field -> isVisible(field) && !field.isEnumConstant())
        .forEach(field -> members.add(field(field)));
    if (!type.isEnum()) {
      Stream.of(type.getDeclaredConstructors())
          .filter(SurfaceText::isVisible)
          .forEach(constructor -> members.add(constructor(constructor)));
    }
    Stream.of(type.getDeclaredMethods())
        .filter(method -> isVisible(method) && !isImplied(type, method))
        .forEach(method -> members.add(method(method)));
    members.stream().sorted().forEach(member -> lines.add("  " + member));
  }

  private static String header(Class<?> type) {
    String permitted =
        type.isSealed()
            ? Arrays.stream(type.getPermittedSubclasses())
                .map(Class::getName)
                .sorted()
                .collect(joining(", ", " permits ", ""))
            : "";
    Type parent = type.getGenericSuperclass();
    String extended =
        parent == null || parent == Object.class || type.isRecord() || type.isEnum()
            ? ""
            : " extends " + parent.getTypeName();
    String implemented =
        type.getGenericInterfaces().length == 0
            ? ""
            : Arrays.stream(type.getGenericInterfaces())
                .map(Type::getTypeName)
                .sorted()
                .collect(joining(", ", type.isInterface() ? " extends " : " implements ", ""));
    return modifiers(type)
        + kind(type)
        + " "
        + type.getName()
        + variables(type.getTypeParameters()).strip()
        + extended
        + implemented
        + permitted;
  }

  /** Records are final and nested ones static, and the like; the kind of a type says so. */
  private static String modifiers(Class<?> type) {
    boolean plain = !type.isInterface() && !type.isRecord() && !type.isEnum();
    int shown =
        Modifier.PUBLIC
            | Modifier.PROTECTED
            | (plain ? Modifier.ABSTRACT | Modifier.FINAL | Modifier.STATIC : 0);
    return words(type.getModifiers() & shown) + (type.isSealed() ? "sealed " : "");
  }

  private static String kind(Class<?> type) {
    if (type.isAnnotation()) {
      return "@interface";
    }
    if (type.isInterface()) {
      return "interface";
    }
    if (type.isRecord()) {
      return "record";
    }
    return type.isEnum() ? "enum" : "class";
  }

  private static boolean isImplied(Class<?> type, Method method) {
    if (OF_OBJECT.contains(method.getName()) && !Modifier.isAbstract(method.getModifiers())) {
      return true;
    }
    if (type.isEnum() && OF_ENUM.contains(method.getName())) {
      return true;
    }
    return type.isRecord()
        && Arrays.stream(type.getRecordComponents())
            .anyMatch(component -> method.equals(component.getAccessor()));
  }

  private static String field(Field field) {
    int shown = field.getModifiers() & ~Modifier.TRANSIENT & ~Modifier.VOLATILE;
    return "field "
        + words(shown)
        + type(field.getAnnotatedType())
        + " "
        + field.getName()
        + inlined(field);
  }

  /** Numbers and texts are copied into the classes that name them. */
  private static String inlined(Field field) {
    int modifiers = field.getModifiers();
    Class<?> type = field.getType();
    if (!Modifier.isPublic(modifiers)
        || !Modifier.isStatic(modifiers)
        || !Modifier.isFinal(modifiers)
        || !(type.isPrimitive() || type == String.class)) {
      return "";
    }
    try {
      return " = " + field.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " is public", e);
    }
  }

  private static String constructor(Constructor<?> constructor) {
    return "constructor "
        + words(constructor.getModifiers() & ~Modifier.TRANSIENT)
        + variables(constructor.getTypeParameters())
        + "new"
        + parameters(constructor);
  }

  private static String method(Method method) {
    int shown =
        method.getModifiers()
            & (Modifier.PUBLIC
                | Modifier.PROTECTED
                | Modifier.STATIC
                | Modifier.ABSTRACT
                | Modifier.FINAL);
    return "method "
        + words(shown)
        + (method.isDefault() ? "default " : "")
        + variables(method.getTypeParameters())
        + type(method.getAnnotatedReturnType())
        + " "
        + method.getName()
        + parameters(method);
  }

  private static String parameters(Executable executable) {
    AnnotatedType[] types = executable.getAnnotatedParameterTypes();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      boolean repeated = executable.isVarArgs() && i == types.length - 1;
      String text = type(types[i]);
      texts.add(repeated ? text.substring(0, text.length() - 2) + "..." : text);
    }
    String thrown =
        executable.getGenericExceptionTypes().length == 0
            ? ""
            : Arrays.stream(executable.getGenericExceptionTypes())
                .map(Type::getTypeName)
                .sorted()
                .collect(joining(", ", " throws ", ""));
    return "(" + String.join(", ", texts) + ")" + thrown;
  }

  private static String type(AnnotatedType type) {
    return (isNullable(type) ? "@Nullable " : "") + type.getType().getTypeName();
  }

  private static boolean isNullable(AnnotatedElement element) {
    return element.isAnnotationPresent(Nullable.class);
  }

  private static String variables(TypeVariable<?>[] variables) {
    return variables.length == 0
        ? ""
        : Arrays.stream(variables).map(SurfaceText::variable).collect(joining(", ", "<", "> "));
  }

  private static String variable(TypeVariable<?> variable) {
    List<String> bounds =
        Arrays.stream(variable.getBounds())
            .filter(bound -> !Objects.equals(bound, Object.class))
            .map(Type::getTypeName)
            .toList();
    return variable.getName() + (bounds.isEmpty() ? "" : " extends " + String.join(" & ", bounds));
  }

  private static String words(int modifiers) {
    return modifiers == 0 ? "" : Modifier.toString(modifiers) + " ";
  }
}
