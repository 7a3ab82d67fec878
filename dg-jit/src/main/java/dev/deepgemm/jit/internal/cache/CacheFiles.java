package dev.deepgemm.jit.internal.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every operation that the cache does on a file system. It is a class and not calls of {@link Files} so
 * that tests can put one in its place in which the disk is full, the folder is gone, locks do not exist,
 * or the process dies between any two operations and in the middle of a write.
 */
public class CacheFiles {
  /**
   * A file of the folder.
   *
   * @param file where it is
   * @param bytes its size
   * @param modified when it was written, or last used where the cache says so
   */
  public record Stat(Path file, long bytes, Instant modified) {
    public String name() {
      return file.getFileName().toString();
    }
  }

  public byte[] read(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  boolean exists(Path file) {
    return Files.exists(file);
  }

  public void createFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
  }

  /** Writes a file that must not be there yet, and forces it to the device. */
  public void write(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
  }

  /** Gives a file another name in one step; what had the name is replaced. */
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  public boolean delete(Path file) throws IOException {
    return Files.deleteIfExists(file);
  }

  /** Makes renames in a folder durable. */
  public void force(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  Instant modified(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant();
  }

  public void touch(Path file, Instant time) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(time));
  }

  /** The files of a folder; files that go meanwhile are left out. */
  public List<Stat> list(Path folder) throws IOException {
    List<Stat> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        try {
          BasicFileAttributes about = Files.readAttributes(file, BasicFileAttributes.class);
          if (about.isRegularFile()) {
            found.add(new Stat(file, about.size(), about.lastModifiedTime().toInstant()));
          }
        } catch (NoSuchFileException e) {
          // Another process published or removed it between the two calls.
          continue;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return found;
  }

  public FileChannel openLock(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** A lock on the whole file; null if somebody else has it. */
  public @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held in this JVM, through another cache object
    }
  }
}
