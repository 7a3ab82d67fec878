package dev.deepgemm.workloads.files;

import dev.deepgemm.api.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

/**
 * A file that appears whole or not at all: written beside its place, then renamed into it. Closing
 * without {@link #publish} leaves what was there before.
 */
public final class AtomicFile implements AutoCloseable {
  private final Path target;
  private final Path temporary;
  private final OutputStream stream;

  private AtomicFile(Path target, Path temporary, OutputStream stream) {
    this.target = target;
    this.temporary = temporary;
    this.stream = stream;
  }

  /**
   * Opens a file for writing.
   *
   * @throws InputException if the place is something else than a file, or its folder is not there or
   *     cannot be written ({@code DG-CLI-24})
   */
  public static AtomicFile open(Path path) {
    try {
      // Through a link, so that the link survives; a rename onto it would replace it.
      Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        throw unwritable(path, "it is not a regular file");
      }
      Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
      return new AtomicFile(
          target, temporary, Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW));
    } catch (IOException e) {
      throw unwritable(path, e.toString());
    }
  }

  /**
   * Writes a whole file.
   *
   * @throws InputException if it cannot be written ({@code DG-CLI-24})
   */
  public static void write(Path path, byte[] bytes) {
    try (AtomicFile file = open(path)) {
      file.stream().write(bytes);
      file.publish();
    } catch (IOException e) {
      throw unwritable(path, e.toString());
    }
  }

  /** Where to write. */
  public OutputStream stream() {
    return stream;
  }

  /** Puts the file in its place; what was written must have been flushed to {@link #stream}. */
  public void publish() throws IOException {
    stream.close();
    try {
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public void close() throws IOException {
    try (stream) {
      Files.deleteIfExists(temporary);
    }
  }

  public static InputException unwritable(Path path, String why) {
    return new InputException(problem(path, why));
  }

  /** What would keep a file from being written, as far as one can see beforehand. */
  public static Optional<Problem> obstacle(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return Optional.of(problem(path, "its folder is not there"));
    } else if (!Files.isWritable(folder)) {
      return Optional.of(problem(path, "its folder cannot be written to"));
    } else if (Files.exists(path) && !Files.isRegularFile(path)) {
      return Optional.of(problem(path, "it is not a regular file"));
    }
    return Optional.empty();
  }

  private static Problem problem(Path path, String why) {
    return Problem.of(
        "DG-CLI-24", "%s cannot be written: %s. Name a file in a folder that is there", path, why);
  }
}
