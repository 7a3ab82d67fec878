package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The values and the SPI are pure: what a process was started with is read by {@link Options} alone. */
class PureSpiTest {
  /** Methods of the JDK that read the environment, as a class that calls one of them names it. */
  private static final List<String> READERS =
      List.of("getenv", "getProperty", "getProperties", "getInteger", "getLong", "getBoolean");

  @Test
  void classes_besidesOptions_readNoEnvironment() throws IOException, URISyntaxException {
    List<String> readers =
        classes().stream()
            .filter(PureSpiTest::readsEnvironment)
            .map(file -> file.getFileName().toString())
            .toList();
    assertEquals(List.of("Options.class"), readers);
  }

  /** Whether the name of such a method is among the constants of a class, with its length in front. */
  private static boolean readsEnvironment(Path file) {
    try {
      String constants = Files.readString(file, StandardCharsets.ISO_8859_1);
      return READERS.stream()
          .anyMatch(name -> constants.contains("\001\000" + (char) name.length() + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Six numbers in a row get swapped: whatever has more parts has builders, or parts with names. */
  @Test
  void publicMethodsAndConstructors_haveAtMostFiveParameters() throws Exception {
    List<String> tooMany = new ArrayList<>();
    int seen = 0;
    for (Path file : classes()) {
      Class<?> type = Class.forName(name(file));
      if (!Modifier.isPublic(type.getModifiers())) {
        continue;
      }
      seen++;
      Stream.concat(Arrays.stream(type.getMethods()), Arrays.stream(type.getConstructors()))
          .filter(member -> member.getDeclaringClass() == type && member.getParameterCount() > 5)
          .forEach(member -> tooMany.add(member.toString()));
    }
    assertEquals(List.of(), tooMany);
    assertTrue(seen > 50, "public classes: " + seen);
  }

  private static String name(Path file) throws URISyntaxException {
    String path = root().relativize(file).toString();
    return path.substring(0, path.length() - ".class".length()).replace(File.separatorChar, '.');
  }

  private static Path root() throws URISyntaxException {
    return Path.of(ArchSpec.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static List<Path> classes() throws IOException, URISyntaxException {
    try (Stream<Path> files = Files.walk(root())) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .filter(file -> !file.endsWith("module-info.class"))
          .toList();
    }
  }
}
