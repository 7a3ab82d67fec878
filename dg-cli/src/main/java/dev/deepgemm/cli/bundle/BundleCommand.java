package dev.deepgemm.cli.bundle;

import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.distribution.Distribution;
import dev.deepgemm.cli.distribution.Provenance;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code dg bundle}: one archive with a Java runtime, the jars, the launcher and the tests that
 * need a GPU, for machines that have a GPU and no Java.
 *
 * <p>The runtime holds the few modules that the jars need, and the archive is the same for the same
 * inputs: entries are sorted and carry no times, users or groups of the machine that made it.
 */
@Command(
    name = "bundle",
    mixinStandardHelpOptions = true,
    description = {
      "Pack a Java runtime, the jars, bin/dg and bin/gpu-test into one archive,",
      "for Linux x86-64 machines that have a GPU and no Java."
    })
public final class BundleCommand implements Callable<Integer> {
  // Found with jdeps over the jars; java.desktop, java.sql and the like are
  // optional for all of them.
  private static final List<String> MODULES =
      List.of(
          "java.base",
          "java.logging",
          "java.management",
          "java.naming",
          "java.xml",
          "jdk.management",
          "jdk.unsupported",
          "jdk.zipfs");

  private static final long LIMIT = 45_000_000;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The archive: .tar.xz, .tar.gz or .tar (default: ${DEFAULT-VALUE}).",
      defaultValue = "dist/dg-bundle.tar.xz")
  Path out = Path.of("dist/dg-bundle.tar.xz");

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Packing packing = Packing.of(out);
    Distribution distribution = Distribution.current();
    List<Path> tests = distribution.jarsIn("test");
    List<Path> junit = distribution.jarsIn("junit");
    Path jlink = Path.of(System.getProperty("java.home"), "bin", "jlink");
    if (!Files.isExecutable(jlink)) {
      throw new InputException(
          Problem.of(
              "DG-CLI-03", "%s is not there; a bundle needs a whole JDK 17 or later", jlink));
    }
    Path work = Files.createTempDirectory("dg-bundle");
    try {
      Path root = Files.createDirectory(work.resolve("dg-bundle"));
      for (Path jar : distribution.jars()) {
        String name = jar.getFileName().toString();
        copy(jar, root.resolve("lib").resolve(name));
      }
      for (Path jar : tests) {
        copy(jar, root.resolve("test").resolve(jar.getFileName().toString()));
      }
      for (Path jar : junit) {
        copy(jar, root.resolve("junit").resolve(jar.getFileName().toString()));
      }
      script(root, "dg", distribution.cliJar().getFileName().toString());
      script(root, "gpu-test", "");
      Files.writeString(root.resolve(Provenance.VERSION_FILE), Provenance.text());
      link(jlink, root.resolve("runtime"));
      pack(packing, work, root.getFileName().toString());
    } finally {
      delete(work);
    }
    long size = Files.size(out);
    say(
        "%s: %,d bytes. Unpack it anywhere; run dg-bundle/bin/dg or dg-bundle/bin/gpu-test.",
        out, size);
    if (size > LIMIT) {
      say("That is more than %,d bytes: an archive that ends in .tar.xz is smaller.", LIMIT);
      return ExitCode.FAILURE;
    }
    return 0;
  }

  /** How the archive is packed, by the end of its name. */
  private enum Packing {
    XZ(".tar.xz", "xz -6 -T2"),
    GZ(".tar.gz", "gzip -9n"),
    TAR(".tar", "");

    private final String suffix;
    private final String program;

    Packing(String suffix, String program) {
      this.suffix = suffix;
      this.program = program;
    }

    static Packing of(Path out) {
      for (Packing packing : values()) {
        if (out.toString().endsWith(packing.suffix)) {
          return packing;
        }
      }
      throw new InputException(
          Problem.of(
              "DG-CLI-04",
              "--out is %s; legal: a name that ends in .tar.xz, .tar.gz or .tar",
              out));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    createParent(to);
    Files.copy(from, to);
  }

  private static void createParent(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
  }

  private static void script(Path root, String name, String cliJar) throws IOException {
    try (InputStream in = BundleCommand.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("resource " + name + " is missing");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Path file = root.resolve("bin").resolve(name);
      createParent(file);
      Files.writeString(file, text.replace("@CLI_JAR@", cliJar));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private static void link(Path jlink, Path runtime) throws IOException, InterruptedException {
    List<String> command =
        List.of(
            jlink.toString(),
            "--add-modules",
            String.join(",", MODULES),
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages",
            // Stored, not compressed: the archive compresses better than jlink does.
            "--compress=0",
            "--output",
            runtime.toString());
    run(command);
    // Debian's libjvm comes stripped, others' does not; without binutils it is just larger.
    Path libjvm = runtime.resolve("lib/server/libjvm.so");
    if (Files.exists(libjvm)) {
      try {
        run(List.of("strip", "--strip-debug", libjvm.toString()));
      } catch (IOException | InputException e) {
        System.getLogger(BundleCommand.class.getName())
            .log(System.Logger.Level.DEBUG, "libjvm.so keeps its symbols", e);
      }
    }
    delete(runtime.resolve("legal"));
  }

  private void pack(Packing packing, Path folder, String name)
      throws IOException, InterruptedException {
    createParent(out);
    Path unfinished = Path.of(out + ".part");
    List<String> command =
        new ArrayList<>(
            List.of(
                "tar",
                "--sort=name",
                "--mtime=@0",
                "--owner=0",
                "--group=0",
                "--numeric-owner",
                "--format=gnu",
                "-C",
                folder.toString()));
    if (!packing.program.isEmpty()) {
      command.add("--use-compress-program=" + packing.program);
    }
    command.addAll(List.of("-cf", unfinished.toAbsolutePath().toString(), name));
    try {
      run(command);
      Files.move(
          unfinished, out, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new InputException(
          Problem.of(
              "DG-CLI-05", "%s cannot be run (%s); install it", command.get(0), e.getMessage()),
          e);
    }
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new InputException(
          Problem.of(
              "DG-CLI-06",
              "%s ended with %d: %s",
              String.join(" ", command),
              code,
              output.strip()));
    }
  }

  private static void delete(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException error)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void say(String format, Object... args) {
    Console.out(spec).printf(Locale.ROOT, format + "%n", args);
  }
}
