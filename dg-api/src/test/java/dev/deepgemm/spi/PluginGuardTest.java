package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.ScaleScheme.Format;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a new constant means for a plugin that was compiled without it: here the newest constant of each
 * enum is the new one, and the plugins are compiled against the enum as it was before.
 */
class PluginGuardTest {
  private static final GemmDesc DESC = GemmDesc.fp8(64, 64, 128);
  private static final Tile TILE = new Tile(64, 64, 128);

  /** An expression that has every constant which the compiler knows, and no default. */
  private static final String EXPRESSION = "int known = switch (VALUE) { case CONSTANTS -> 1; };";

  private static final String DEFAULT_THROWS =
      "switch (VALUE) { case CONSTANTS: break;"
          + " default: throw new IllegalArgumentException(\"what is \" + VALUE); }";

  private static final String STATEMENT =
      "switch (VALUE) { case CONSTANTS: System.nanoTime(); break; }";

  private static final Map<String, String> SWITCHES =
      Map.of("Expression", EXPRESSION, "Default", DEFAULT_THROWS, "Statement", STATEMENT);

  private static final OldPlugins OF_JAVA_17 = OldPlugins.compile(17, plugins(), stubs());

  /**
   * An enum that occurs in signatures, where it is read there, a signature with its newest constant, and
   * one without.
   */
  static Stream<Arguments> enums() {
    Signature fp8 = Signature.FP8;
    ScaleScheme scales =
        new ScaleScheme(fp8.scaling().a(), fp8.scaling().b(), newest(Format.class));
    DataType type = newest(DataType.class);
    return Stream.of(
        Arguments.of(GemmKind.class, "kind()", fp8.withKind(newest(GemmKind.class)), fp8),
        Arguments.of(DataType.class, "aType()", fp8.withTypes(type, type), fp8),
        Arguments.of(DataType.class, "dType()", fp8.withOutput(type), fp8),
        Arguments.of(Major.class, "majorB()", fp8.withMajors(Major.K, newest(Major.class)), fp8),
        Arguments.of(Format.class, "scaling().format()", fp8.withScaling(scales), fp8));
  }

  /** Plugins for every enum and every form of switch. */
  private static Map<String, String> plugins() {
    Map<String, String> sources = new HashMap<>();
    SWITCHES.forEach(
        (form, body) -> {
          enums()
              .map(Arguments::get)
              .forEach(
                  row -> {
                    Class<? extends Enum<?>> type = enumOf(row[0]);
                    String name = name(form, (String) row[1]);
                    sources.put(
                        name,
                        source(
                            name,
                            "public java.util.List<Problem> unsupported(Signature signature)",
                            body(body, "signature." + row[1], type),
                            "java.util.List.of()"));
                  });
          sources.put(
              name(form, "side"),
              source(
                  name(form, "side"),
                  "public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int sms)",
                  body(body, "side", Multicast.class),
                  "Legality.legal()"));
        });
    return sources;
  }

  @SuppressWarnings("unchecked")
  private static Class<? extends Enum<?>> enumOf(Object type) {
    return (Class<? extends Enum<?>>) type;
  }

  private static String name(String form, String value) {
    return form + "Of" + value.replaceAll("[^a-zA-Z]", "");
  }

  private static String body(String form, String value, Class<? extends Enum<?>> type) {
    return form.replace("VALUE", value).replace("CONSTANTS", OldPlugins.constantsBefore(type));
  }

  private static String source(String name, String method, String body, String answer) {
    return "import dev.deepgemm.api.*; import dev.deepgemm.api.config.*; import dev.deepgemm.spi.*;"
        + (" public class "
            + name
            + " extends PlainSpec { "
            + method
            + " { "
            + body
            + " return "
            + answer
            + "; } }");
  }

  /** The enums as they were before. */
  private static Map<String, String> stubs() {
    Map<String, String> sources = new HashMap<>();
    for (Class<? extends Enum<?>> type :
        List.of(GemmKind.class, DataType.class, Major.class, Multicast.class)) {
      sources.put(type.getName(), "package " + type.getPackageName() + "; public " + stub(type));
    }
    sources.put(
        ScaleScheme.class.getName(),
        "package dev.deepgemm.api; public record ScaleScheme(Format format) { public "
            + (stub(Format.class) + " }"));
    return sources;
  }

  private static String stub(Class<? extends Enum<?>> type) {
    return "enum " + type.getSimpleName() + " { " + OldPlugins.constantsBefore(type) + " }";
  }

  private static <E extends Enum<E>> E newest(Class<E> type) {
    E[] constants = type.getEnumConstants();
    return constants[constants.length - 1];
  }

  @ParameterizedTest
  @MethodSource("enums")
  void unsupported_newConstant_inASwitchExpression_isRefused(
      Class<? extends Enum<?>> type, String value, Signature younger, Signature older)
      throws ReflectiveOperationException {
    ArchSpec plugin = OF_JAVA_17.plugin(name("Expression", value));
    Error thrown =
        assertThrows(IncompatibleClassChangeError.class, () -> plugin.unsupported(younger));
    assertSame(IncompatibleClassChangeError.class, thrown.getClass());
    assertRefused(plugin, type, younger, older);
  }

  @ParameterizedTest
  @MethodSource("enums")
  void unsupported_newConstant_inASwitchExpressionOfJava21_isRefused(
      Class<? extends Enum<?>> type, String value, Signature younger, Signature older)
      throws ReflectiveOperationException {
    assumeTrue(Runtime.version().feature() >= 21, "MatchException came with Java 21");
    ArchSpec plugin = OldPlugins.compile(21, plugins(), stubs()).plugin(name("Expression", value));
    RuntimeException thrown =
        assertThrows(RuntimeException.class, () -> plugin.unsupported(younger));
    assertEquals("java.lang.MatchException", thrown.getClass().getName());
    assertRefused(plugin, type, younger, older);
  }

  @ParameterizedTest
  @MethodSource("enums")
  void unsupported_newConstant_inADefaultThatThrows_isRefused(
      Class<? extends Enum<?>> type, String value, Signature younger, Signature older)
      throws ReflectiveOperationException {
    ArchSpec plugin = OF_JAVA_17.plugin(name("Default", value));
    assertThrows(IllegalArgumentException.class, () -> plugin.unsupported(younger));
    assertRefused(plugin, type, younger, older);
  }

  private static void assertRefused(
      ArchSpec plugin, Class<? extends Enum<?>> type, Signature younger, Signature older) {
    assertEquals(List.of(), PluginGuard.unsupported(plugin, older));
    List<Problem> problems = PluginGuard.unsupported(plugin, younger);
    assertEquals(List.of("DG-ARCH-05"), problems.stream().map(Problem::id).toList());
    Enum<?>[] constants = type.getEnumConstants();
    String newest = type.getSimpleName() + "." + constants[constants.length - 1].name();
    String message = problems.get(0).message();
    assertTrue(message.contains("before " + newest + " existed"), message);
    assertTrue(message.contains("plugin \"plain\" (" + plugin.getClass().getName()), message);
    assertTrue(message.contains("in file:/plugins/old.jar)"), message);
  }

  /** Why {@link ArchSpec} asks for expressions: nothing is thrown, and nobody can notice. */
  @ParameterizedTest
  @MethodSource("enums")
  void unsupported_newConstant_inAStatementWithoutDefault_isTakenForSupported(
      Class<? extends Enum<?>> type, String value, Signature younger, Signature older)
      throws ReflectiveOperationException {
    ArchSpec plugin = OF_JAVA_17.plugin(name("Statement", value));
    assertEquals(List.of(), PluginGuard.unsupported(plugin, older));
    assertEquals(List.of(), PluginGuard.unsupported(plugin, younger));
  }

  @Test
  void unsupported_twoNewConstants_namesThoseItMayBe() {
    ArchSpec plugin =
        asking(
            signature -> {
              if (signature.kind() != GemmKind.NORMAL || signature.majorA() != Major.K) {
                throw new IncompatibleClassChangeError();
              }
              return List.of();
            });
    Signature both = Signature.BF16.withKind(GemmKind.BATCHED).withMajors(Major.MN, Major.K);
    String message = PluginGuard.unsupported(plugin, both).get(0).message();
    assertTrue(message.contains("one of GemmKind.BATCHED, DataType.BF16"), message);
    assertTrue(message.contains("Major.MN"), message);
  }

  @Test
  void unsupported_otherFaultsOfThePlugin_areNotCovered() {
    IllegalArgumentException always = new IllegalArgumentException("always");
    assertSame(
        always,
        assertThrows(
            IllegalArgumentException.class,
            () -> PluginGuard.unsupported(throwing(always), Signature.FP8)));
    IllegalStateException state = new IllegalStateException("broken");
    assertSame(
        state,
        assertThrows(
            IllegalStateException.class,
            () -> PluginGuard.unsupported(throwing(state), Signature.FP8)));
    NoSuchMethodError method = new NoSuchMethodError("of a library");
    assertSame(
        method,
        assertThrows(
            NoSuchMethodError.class,
            () ->
                PluginGuard.unsupported(
                    asking(
                        signature -> {
                          throw method;
                        }),
                    Signature.FP8)));
  }

  private static ArchSpec throwing(RuntimeException e) {
    return asking(
        signature -> {
          throw e;
        });
  }

  private static ArchSpec asking(Function<Signature, List<Problem>> answer) {
    return new PlainSpec("plain", new ComputeCapability(9, 0)) {
      @Override
      public List<Problem> unsupported(Signature signature) {
        return answer.apply(signature);
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"Expression", "Default"})
  void multicast_newSide_isNotLegal(String form) throws ReflectiveOperationException {
    ArchSpec plugin = OF_JAVA_17.plugin(name(form, "side"));
    assertThrows(Throwable.class, () -> plugin.multicast(DESC, TILE, Multicast.ON_B, 132));
    assertTrue(PluginGuard.multicast(plugin, DESC, TILE, Multicast.ON_A, 132).isLegal());
    Legality answer = PluginGuard.multicast(plugin, DESC, TILE, Multicast.ON_B, 132);
    assertFalse(answer.isLegal());
    assertTrue(answer.reason().contains("before Multicast.ON_B existed"), answer.reason());
  }

  @Test
  void multicast_otherFaultsOfThePlugin_areNotCovered() {
    ArchSpec plugin =
        new PlainSpec() {
          @Override
          public Legality multicast(GemmDesc desc, Tile tile, Multicast side, int numSms) {
            throw new IllegalArgumentException("always");
          }
        };
    for (Multicast side : List.of(Multicast.ON_A, Multicast.ON_B)) {
      assertThrows(
          IllegalArgumentException.class,
          () -> PluginGuard.multicast(plugin, DESC, TILE, side, 132));
    }
  }
}
