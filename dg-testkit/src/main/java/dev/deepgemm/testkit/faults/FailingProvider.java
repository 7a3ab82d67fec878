package dev.deepgemm.testkit.faults;

import dev.deepgemm.testkit.faults.FailingFileSystem.Operation;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks the default provider, after asking whether to fail. */
final class FailingProvider extends FileSystemProvider {
  private final FailingFileSystem files;

  FailingProvider(FailingFileSystem files) {
    this.files = files;
  }

  private static FileSystemProvider real(Path path) {
    return FailingPaths.unwrap(path).getFileSystem().provider();
  }

  @Override
  public String getScheme() {
    return "failing";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException("made by its constructor");
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return files;
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException("made by FailingFileSystem.wrap");
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    boolean writes =
        options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
    files.check(writes ? Operation.OPEN_WRITE : Operation.OPEN_READ, path);
    Path file = FailingPaths.unwrap(path);
    return new FailingChannel(files, path, FileChannel.open(file, options, attributes));
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    DirectoryStream<Path> stream =
        real(folder)
            .newDirectoryStream(
                FailingPaths.unwrap(folder), path -> filter.accept(files.wrap(path)));
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        Iterator<Path> paths = stream.iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return paths.hasNext();
          }

          @Override
          public Path next() {
            return files.wrap(paths.next());
          }
        };
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
    files.check(Operation.CREATE_DIRECTORY, folder);
    real(folder).createDirectory(FailingPaths.unwrap(folder), attributes);
  }

  @Override
  public void delete(Path path) throws IOException {
    files.check(Operation.DELETE, path);
    real(path).delete(FailingPaths.unwrap(path));
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    files.check(Operation.OPEN_WRITE, target);
    real(source).copy(FailingPaths.unwrap(source), FailingPaths.unwrap(target), options);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    files.check(Operation.MOVE, source);
    real(source).move(FailingPaths.unwrap(source), FailingPaths.unwrap(target), options);
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return real(path).isSameFile(FailingPaths.unwrap(path), FailingPaths.unwrap(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return real(path).isHidden(FailingPaths.unwrap(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return real(path).getFileStore(FailingPaths.unwrap(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real(path).checkAccess(FailingPaths.unwrap(path), modes);
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return real(path).getFileAttributeView(FailingPaths.unwrap(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return real(path).readAttributes(FailingPaths.unwrap(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return real(path).readAttributes(FailingPaths.unwrap(path), attributes, options);
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
      throws IOException {
    real(path).setAttribute(FailingPaths.unwrap(path), attribute, value, options);
  }
}
