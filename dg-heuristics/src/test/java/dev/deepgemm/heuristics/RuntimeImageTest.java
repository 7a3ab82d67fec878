package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.sm90.Sm90Spec;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who wants configurations alone can ship them as a runtime image: the selector, one plugin and
 * {@code java.base}, with nothing on a class path and nothing native but the JVM.
 */
class RuntimeImageTest {
  private static final String MODULE_INFO =
      """
      module selection.probe {
        requires dev.deepgemm.heuristics;
      }
      """;

  /** Asks for the plugin by its id, as an application does; the plugin's module is not named here. */
  private static final String PROBE =
      """
      package selection.probe;

      import dev.deepgemm.api.GemmDesc;
      import dev.deepgemm.api.Options;
      import dev.deepgemm.heuristics.ConfigSelector;
      import dev.deepgemm.spi.ArchSpecs;

      public final class Probe {
        public static void main(String[] args) {
          ConfigSelector selector = ConfigSelector.create(Options.defaults());
          System.out.println(selector.select(ArchSpecs.load().get("sm90"), GemmDesc.fp8(500, 576, 7168)));
        }
      }
      """;

  /** With JDK 17 it is 39 MB, nearly all of it the JVM and java.base, which differ from one JDK to the next. */
  private static final long MOST_BYTES = 64_000_000;

  @TempDir private Path temp;

  @Test
  void image_ofSelectorAndOnePlugin_selects() throws IOException, InterruptedException {
    String modulePath = modulePath();
    Path probe = compileProbe(modulePath);
    Path image = temp.resolve("image");
    assertEquals(
        "",
        tool(
            "jlink",
            "--module-path",
            modulePath + File.pathSeparator + probe,
            "--add-modules",
            "selection.probe,dev.deepgemm.sm90",
            "--compress=" + (Runtime.version().feature() < 21 ? "2" : "zip-6"),
            "--no-header-files",
            "--no-man-pages",
            "--output",
            image.toString()));

    String java = image.resolve("bin/java").toString();
    assertEquals(
        List.of(
            "dev.deepgemm.api",
            "dev.deepgemm.heuristics",
            "dev.deepgemm.kernels",
            "dev.deepgemm.ptx",
            "dev.deepgemm.sm90",
            "java.base",
            "selection.probe"),
        output(java, "--list-modules").lines().map(line -> line.replaceAll("@.*", "")).toList());
    String expected =
        ConfigSelector.create(Options.defaults())
            .select(new Sm90Spec(), GemmDesc.fp8(500, 576, 7168))
            .toString();
    assertEquals(expected, output(java, "-m", "selection.probe/selection.probe.Probe").strip());
    assertTrue(size(image) < MOST_BYTES, () -> "bytes of the image: " + size(image));
  }

  /** What is on this test's class path and is a module of the project: folders of classes, or jars. */
  private static String modulePath() {
    return String.join(
        File.pathSeparator,
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(RuntimeImageTest::isModuleOfTheProject)
            .toList());
  }

  private static boolean isModuleOfTheProject(String entry) {
    Path path = Path.of(entry);
    boolean described = entry.endsWith(".jar") || Files.exists(path.resolve("module-info.class"));
    return described
        && ModuleFinder.of(path).findAll().stream()
            .anyMatch(module -> module.descriptor().name().startsWith("dev.deepgemm."));
  }

  private Path compileProbe(String modulePath) throws IOException {
    Path source = Files.createDirectories(temp.resolve("source/selection/probe"));
    Path info = Files.writeString(temp.resolve("source/module-info.java"), MODULE_INFO);
    Path main = Files.writeString(source.resolve("Probe.java"), PROBE);
    Path classes = temp.resolve("selection.probe");
    assertEquals(
        "",
        tool(
            "javac",
            "--module-path",
            modulePath,
            "-d",
            classes.toString(),
            info.toString(),
            main.toString()));
    return classes;
  }

  /** Runs a tool of the JDK that runs the tests; returns what it says, which is nothing if all is well. */
  private static String tool(String name, String... arguments) {
    StringWriter said = new StringWriter();
    PrintWriter writer = new PrintWriter(said);
    int status = ToolProvider.findFirst(name).orElseThrow().run(writer, writer, arguments);
    writer.flush();
    return status == 0 ? said.toString() : name + " ended with " + status + ": " + said;
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    process.getInputStream().transferTo(bytes);
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  private static long size(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
