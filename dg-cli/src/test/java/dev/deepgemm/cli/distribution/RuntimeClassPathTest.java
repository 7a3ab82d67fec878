package dev.deepgemm.cli.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code dg} has on its class path when a user runs it: nothing that only tests need. */
class RuntimeClassPathTest {
  /** Written by the build before the tests run; the distribution itself comes after them. */
  private static final Path FILE = Path.of("target", "runtime-class-path.txt");

  private static final List<String> OF_TESTS =
      List.of("junit", "archunit", "hamcrest", "opentest4j", "apiguardian", "slf4j");

  private static List<String> classPath() throws IOException {
    return List.of(Files.readString(FILE).strip().split(File.pathSeparator));
  }

  @Test
  void classPath_holdsNoTestFramework() throws IOException {
    List<String> names =
        classPath().stream().map(entry -> Path.of(entry).getFileName().toString()).toList();
    assertTrue(names.stream().anyMatch(name -> name.startsWith("picocli")), names::toString);
    assertTrue(
        classPath().stream().anyMatch(entry -> entry.contains("dg-testkit")), names::toString);
    assertEquals(
        List.of(),
        names.stream().filter(name -> OF_TESTS.stream().anyMatch(name::contains)).toList());
  }

  @Test
  void conformance_runsWithoutATestFramework() throws IOException, InterruptedException {
    String path =
        String.join(
            File.pathSeparator,
            Stream.concat(Stream.of(Path.of("target", "classes").toString()), classPath().stream())
                .toList());
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                path,
                Distribution.MAIN_CLASS,
                "conformance",
                "--arch",
                "sm100",
                "--tier",
                "SPECIFICATION")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    assertTrue(text.contains("DGC-S-22"), text);
  }
}
