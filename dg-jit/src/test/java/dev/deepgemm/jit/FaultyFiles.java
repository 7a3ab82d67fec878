package dev.deepgemm.jit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Something goes wrong at any operation of the cache that changes its folder: with an exception of the
 * test's choice, or by the death of the process. Where a plain {@link IOException} will do, tests use
 * {@link dev.deepgemm.testkit.faults.FailingFileSystem}, which fails below the cache's own code too.
 */
class FaultyFiles extends CacheFiles {
  /** What may go wrong before an operation, and in the middle of a write. */
  interface Fault {
    void before(String operation, Path file) throws IOException;

    /** Called with half of the bytes written; a write that passes goes on with the others. */
    default void inTheMiddle(Path file) throws IOException {}
  }

  private final Fault fault;

  FaultyFiles(Fault fault) {
    this.fault = fault;
  }

  /** Every change of the folder fails like this. */
  static FaultyFiles unwritable(IOException e) {
    return new FaultyFiles(
        (operation, file) -> {
          if (!operation.equals("list")) {
            throw e;
          }
        });
  }

  /** One kind of operation fails. */
  static FaultyFiles without(String broken, IOException e) {
    return new FaultyFiles(
        (operation, file) -> {
          if (operation.equals(broken)) {
            throw e;
          }
        });
  }

  /**
   * The process ends at its n-th step, as by {@code kill -9}: no finally block and no shutdown hook runs. A
   * write is two steps, of which the second finds half of the file written.
   */
  static FaultyFiles haltAt(int step) {
    return new FaultyFiles(
        new Fault() {
          private int steps;

          private void count() {
            if (++steps == step) {
              Runtime.getRuntime().halt(137);
            }
          }

          @Override
          public void before(String operation, Path file) {
            count();
          }

          @Override
          public void inTheMiddle(Path file) {
            count();
          }
        });
  }

  @Override
  void createFolder(Path folder) throws IOException {
    fault.before("createFolder", folder);
    super.createFolder(folder);
  }

  @Override
  void write(Path file, byte[] bytes) throws IOException {
    fault.before("write", file);
    super.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    fault.inTheMiddle(file);
    Files.delete(file);
    super.write(file, bytes);
  }

  @Override
  void rename(Path from, Path to) throws IOException {
    fault.before("rename", from);
    super.rename(from, to);
  }

  @Override
  boolean delete(Path file) throws IOException {
    fault.before("delete", file);
    return super.delete(file);
  }

  @Override
  void force(Path folder) throws IOException {
    fault.before("force", folder);
    super.force(folder);
  }

  @Override
  void touch(Path file, Instant time) throws IOException {
    fault.before("touch", file);
    super.touch(file, time);
  }

  @Override
  List<Stat> list(Path folder) throws IOException {
    fault.before("list", folder);
    return super.list(folder);
  }

  @Override
  FileChannel openLock(Path file) throws IOException {
    fault.before("openLock", file);
    return super.openLock(file);
  }

  @Override
  FileLock tryLock(FileChannel channel) throws IOException {
    fault.before("tryLock", Path.of("lock"));
    return super.tryLock(channel);
  }
}
