package dev.deepgemm.cli.distribution;

import dev.deepgemm.api.Problem;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The folder that the command runs from, as the build lays it out: {@code lib} holds the jars,
 * {@code test} the test classes and {@code junit} the console launcher, the last two only after
 * {@code ./dg bundle} has asked for them.
 *
 * @param cliJar the jar of the command; its manifest names the others
 */
public record Distribution(Path cliJar) {
  /** The class that a process of the command is started with. */
  public static final String MAIN_CLASS = "dev.deepgemm.cli.Dg";

  /**
   * The distribution of this process.
   *
   * @throws InputException if the command does not run from one ({@code DG-CLI-01})
   */
  public static Distribution current() {
    CodeSource source = Distribution.class.getProtectionDomain().getCodeSource();
    URI place;
    try {
      place = source == null ? URI.create("unknown") : source.getLocation().toURI();
    } catch (URISyntaxException e) {
      place = URI.create("unknown");
    }
    Path jar = "file".equals(place.getScheme()) ? Path.of(place) : Path.of("unknown");
    if (!Files.isRegularFile(jar) || !jar.toString().endsWith(".jar")) {
      throw new InputException(
          Problem.of(
              "DG-CLI-01",
              "the command runs from %s; a bundle can be made from a built source tree only: use the"
                  + " script ./dg at its root",
              place));
    }
    return new Distribution(jar);
  }

  /** The folder that holds {@code lib}, {@code test} and {@code junit}. */
  Path root() {
    return parent(parent(cliJar));
  }

  /** The jars of the class path, the command's own first. */
  public List<Path> jars() throws IOException {
    List<Path> jars = new ArrayList<>(List.of(cliJar));
    try (JarFile jar = new JarFile(cliJar.toFile())) {
      String classPath = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      for (String name : classPath == null ? new String[0] : classPath.strip().split(" +")) {
        jars.add(cliJar.resolveSibling(name));
      }
    }
    return jars;
  }

  /**
   * The jars in a folder, by name.
   *
   * @throws InputException if there is none ({@code DG-CLI-02})
   */
  public List<Path> jarsIn(String folder) throws IOException {
    Path path = root().resolve(folder);
    if (Files.isDirectory(path)) {
      try (Stream<Path> files = Files.list(path)) {
        List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        if (!jars.isEmpty()) {
          return jars;
        }
      }
    }
    throw new InputException(
        Problem.of(
            "DG-CLI-02",
            "no jars in %s; the script ./dg at the root of the sources builds them: run ./dg bundle",
            path));
  }

  private static Path parent(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalStateException(path + " has no parent");
    }
    return parent;
  }
}
