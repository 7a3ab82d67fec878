package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.api.Options;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    Path classes =
        Path.of(ArchSpec.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(classes)) {
      List<String> readers =
          files
              .filter(file -> file.toString().endsWith(".class"))
              .filter(PureSpiTest::readsEnvironment)
              .map(file -> file.getFileName().toString())
              .toList();
      assertEquals(List.of("Options.class"), readers);
    }
  }

  /** Whether the name of such a method is among the constants of a class, with its length in front. */
  private static boolean readsEnvironment(Path file) {
    try {
      String constants = Files.readString(file, StandardCharsets.ISO_8859_1);
      return READERS.stream()
          .anyMatch(name -> constants.contains("\001\000" + (char) name.length() + name));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
