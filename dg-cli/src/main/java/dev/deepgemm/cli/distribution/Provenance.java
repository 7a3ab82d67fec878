package dev.deepgemm.cli.distribution;

import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which sources a measurement was made with. */
public final class Provenance {
  /** The file of a bundle that says so. */
  public static final String VERSION_FILE = "VERSION";

  private static final String COMMIT = "commit ";

  private Provenance() {}

  /** The text of {@link #VERSION_FILE}. */
  public static String text() {
    return "dg " + Version.text() + "\n" + COMMIT + commit().orElse("unknown") + "\n";
  }

  /**
   * The commit of the sources that this process runs: of the checkout that the command was built in, with
   * {@code -dirty} behind it if files were changed, or what the bundle says.
   */
  public static Optional<String> commit() {
    Path root;
    try {
      root = Distribution.current().root();
    } catch (InputException e) {
      root = Path.of("").toAbsolutePath();
    }
    Optional<String> packed = ofBundle(root.resolve(VERSION_FILE));
    return packed.isPresent() ? packed : ofCheckout(root);
  }

  static Optional<String> ofBundle(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.startsWith(COMMIT))
          .map(line -> line.substring(COMMIT.length()).strip())
          .filter(commit -> !commit.isEmpty() && !commit.equals("unknown"))
          .findFirst();
    } catch (IOException e) {
      // For the record only: a measurement does not fail for want of its commit.
      return Optional.empty();
    }
  }

  private static Optional<String> ofCheckout(Path folder) {
    Optional<String> hash = git(folder, "rev-parse", "--short=12", "HEAD");
    boolean dirty =
        git(folder, "status", "--porcelain", "--untracked-files=no")
            .map(text -> !text.isEmpty())
            .orElse(false);
    return hash.filter(text -> !text.isEmpty()).map(text -> dirty ? text + "-dirty" : text);
  }

  private static Optional<String> git(Path folder, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(List.of(arguments));
    try {
      Process git =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      git.getOutputStream().close();
      String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return git.waitFor() == 0 ? Optional.of(text) : Optional.empty();
    } catch (IOException e) {
      // No git.
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
