package dev.deepgemm.testkit.faults;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * The default file system, except that it fails on command: full disks, folders that turn
 * read-only, crashes between two steps.
 *
 * <pre>{@code
 * FailingFileSystem files = new FailingFileSystem();
 * Path cache = files.wrap(temporaryFolder);
 * files.failAt(FailingFileSystem.Operation.MOVE, 1);
 * }</pre>
 *
 * <p>Operations are counted per kind over all paths, from 1, since the last command for that kind.
 * A failed one throws an {@link IOException} that says "injected"; a failed {@link Operation#WRITE}
 * writes half of its bytes first. The operation behind a failed one works again. Safe for use by
 * several threads.
 */
public final class FailingFileSystem extends FileSystem {
  /** What can fail. */
  public enum Operation {
    /** A file is opened for reading. */
    OPEN_READ,
    /** A file is opened for writing. */
    OPEN_WRITE,
    /** Bytes are written; half of them are. */
    WRITE,
    /** Written bytes are forced to the disk. */
    FORCE,
    /** A lock is asked for. */
    LOCK,
    /** A file is renamed. */
    MOVE,
    /** A file is deleted. */
    DELETE,
    /** A folder is made. */
    CREATE_DIRECTORY
  }

  private final FileSystem real = FileSystems.getDefault();
  private final FailingProvider provider = new FailingProvider(this);
  private final Map<Operation, Integer> seen = new EnumMap<>(Operation.class);
  private final Map<Operation, Integer> failing = new EnumMap<>(Operation.class);

  /** A file system that does not fail yet. */
  public FailingFileSystem() {}

  /** The same path in this file system. */
  public Path wrap(Path path) {
    return FailingPaths.wrap(this, path);
  }

  /** The n-th operation of a kind from now on fails, and no other of that kind. */
  public synchronized void failAt(Operation operation, int nth) {
    seen.put(operation, 0);
    failing.put(operation, nth);
  }

  /** Every operation of a kind fails from now on. */
  public synchronized void failAlways(Operation operation) {
    failing.put(operation, 0);
  }

  /** Operations of a kind work again. */
  public synchronized void heal(Operation operation) {
    failing.remove(operation);
  }

  /** How many operations of a kind there were since the last {@link #failAt} for it. */
  public synchronized int count(Operation operation) {
    return seen.getOrDefault(operation, 0);
  }

  /** Whether this operation, which is counted, has to fail. */
  synchronized boolean fails(Operation operation) {
    int now = seen.merge(operation, 1, Integer::sum);
    Integer nth = failing.get(operation);
    return nth != null && (nth == 0 || nth == now);
  }

  void check(Operation operation, Path path) throws IOException {
    if (fails(operation)) {
      throw new IOException("injected: " + operation + " of " + path);
    }
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public Path getPath(String first, String... more) {
    return wrap(real.getPath(first, more));
  }

  /** Cannot be closed, like the file system below it. */
  @Override
  public void close() {
    throw new UnsupportedOperationException("the default file system cannot be closed");
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return real.getSeparator();
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return real.getRootDirectories();
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return real.getFileStores();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return real.supportedFileAttributeViews();
  }

  @Override
  public PathMatcher getPathMatcher(String pattern) {
    PathMatcher matcher = real.getPathMatcher(pattern);
    return path -> matcher.matches(FailingPaths.unwrap(path));
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return real.getUserPrincipalLookupService();
  }

  @Override
  public WatchService newWatchService() throws IOException {
    return real.newWatchService();
  }
}
