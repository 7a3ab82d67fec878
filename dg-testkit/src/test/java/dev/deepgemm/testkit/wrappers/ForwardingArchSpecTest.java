package dev.deepgemm.testkit.wrappers;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.KernelProvider;
import java.lang.reflect.Method;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A default method that is not forwarded would hide the plugin's own answer. */
class ForwardingArchSpecTest {
  static Stream<Method> methods() {
    return Stream.of(ArchSpec.class, KernelProvider.class)
        .flatMap(type -> Stream.of(type.getDeclaredMethods()))
        .filter(method -> !method.isSynthetic());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void method_isForwarded(Method method) {
    Class<?> wrapper =
        method.getDeclaringClass() == ArchSpec.class
            ? ForwardingArchSpec.class
            : ForwardingKernelProvider.class;
    assertTrue(method.getDeclaringClass().isAssignableFrom(wrapper));
    assertDoesNotThrow(
        () -> wrapper.getDeclaredMethod(method.getName(), method.getParameterTypes()),
        () -> method + " is not forwarded by " + wrapper.getSimpleName());
  }
}
