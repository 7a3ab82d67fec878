package dev.deepgemm.guard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.opentest4j.AssertionFailedError;

/**
 * A committed table of lines that the code must reproduce. Run with {@code -Dguard.update=true} it is written
 * anew instead.
 */
final class GuardTable {
  static final String UPDATE = "guard.update";

  /** Surefire runs tests in the folder of their module. */
  private static final Path FOLDER = Path.of("src", "test", "resources", "guard");

  private final Path file;

  private GuardTable(Path file) {
    this.file = file;
  }

  static GuardTable named(String name) {
    return new GuardTable(FOLDER.resolve(name));
  }

  static GuardTable at(Path file) {
    return new GuardTable(file);
  }

  /** Compares, or writes where the system property asks for it. */
  void check(List<String> actual) {
    check(actual, Boolean.getBoolean(UPDATE));
  }

  void check(List<String> actual, boolean update) {
    try {
      if (update) {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, String.join("\n", actual) + "\n");
        return;
      }
      List<String> committed = Files.exists(file) ? Files.readAllLines(file) : List.of();
      LineDifference difference = LineDifference.between(committed, actual);
      if (!difference.isEmpty()) {
        throw new AssertionFailedError(message(difference));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String message(LineDifference difference) {
    return String.format(
        "%s differs from what the code makes now (- committed, + now):%n%s%n"
            + "If that is not meant, the code is wrong. If it is, run this test with -D%s=true and commit"
            + " the table with the change that caused it, as a commit of its own that says why.",
        file, difference, UPDATE);
  }
}
