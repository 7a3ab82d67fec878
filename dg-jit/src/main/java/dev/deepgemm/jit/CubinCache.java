package dev.deepgemm.jit;

import dev.deepgemm.api.Options;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Cubins on disk, shared by all processes of a user.
 *
 * <p>An entry is two files, named by its {@link CacheKey}: {@code KEY.cubin} and {@code KEY.manifest}.
 * Both are written to a temporary name in the same folder, forced to the device and renamed; the
 * manifest comes last. So a process that is killed at any moment leaves temporaries or a cubin without
 * a manifest, and a reader takes either for "not there".
 *
 * <p>Why the manifest holds a SHA-256 although renames are atomic: on network file systems they are
 * not, disks and copies of home folders lose bits, and a cubin that is wrong in one bit gives wrong
 * numbers or kills the context. A reader therefore believes nothing that it did not check. What fails
 * the check is renamed to {@code *.bad} (one per key, for whoever wants to look), and built again.
 *
 * <p>No method throws because of the file system. A folder that cannot be written costs the cache: one
 * warning, and every process assembles for itself.
 */
final class CubinCache {
  private static final Logger LOG = System.getLogger(CubinCache.class.getName());
  private static final Duration STALE = Duration.ofHours(1);

  private final Path folder;
  private final AtomicBoolean warned = new AtomicBoolean();
  private final AtomicBoolean swept = new AtomicBoolean();

  CubinCache(Path folder) {
    this.folder = folder;
  }

  /**
   * The cache of the options: {@code DG_JIT_CACHE_DIR}, else {@code $HOME/.deep_gemm}; cubins lie in a
   * folder below it whose name is the version of the format, beside whatever DeepGEMM itself keeps
   * there.
   */
  static CubinCache of(Options options) {
    String chosen = options.get(Options.JIT_CACHE_DIR);
    if (chosen.isBlank()) {
      String home = options.foreign("HOME");
      home = home == null || home.isBlank() ? System.getProperty("user.home", "") : home;
      chosen = Path.of(home, ".deep_gemm").toString();
    }
    return new CubinCache(Path.of(chosen, "cubin-v1").toAbsolutePath());
  }

  Path folder() {
    return folder;
  }

  Path cubin(CacheKey key) {
    return folder.resolve(key + ".cubin");
  }

  Path manifest(CacheKey key) {
    return folder.resolve(key + ".manifest");
  }

  /** What a look into the folder gave. */
  sealed interface Lookup {
    /** A cubin that passed every check. */
    record Hit(Cubin cubin) implements Lookup {}

    /** Nothing published. */
    record Miss() implements Lookup {}

    /** Something that is not what its manifest says. */
    record Bad(String reason) implements Lookup {}
  }

  /** Looks an entry up; never throws. */
  Lookup read(CacheKey key) {
    try {
      Optional<Manifest> parsed = Manifest.parse(Files.readAllBytes(manifest(key)));
      if (parsed.isEmpty()) {
        return new Lookup.Bad("its manifest is damaged");
      }
      Manifest manifest = parsed.get();
      if (!manifest.key().equals(key.hex())) {
        return new Lookup.Bad("its manifest is that of " + manifest.key());
      }
      byte[] bytes = Files.readAllBytes(cubin(key));
      if (bytes.length != manifest.size()) {
        return new Lookup.Bad(
            "it has " + bytes.length + " bytes, its manifest says " + manifest.size());
      }
      if (!CacheKey.sha256(bytes).equals(manifest.sha256())) {
        return new Lookup.Bad("its SHA-256 is not that of its manifest");
      }
      return new Lookup.Hit(new Cubin(bytes, manifest.usage(), ""));
    } catch (NoSuchFileException e) {
      return new Lookup.Miss();
    } catch (IOException | RuntimeException e) {
      // Not a folder, no permission, a file of 3 GB: whatever it is, it is no cubin.
      LOG.log(Logger.Level.DEBUG, "cannot read " + cubin(key), e);
      return new Lookup.Miss();
    }
  }

  /** Whether an entry seems to be there; a hint for those who wait. */
  boolean published(CacheKey key) {
    return Files.exists(manifest(key));
  }

  /** Moves a bad entry out of the way; never throws. */
  void setAside(CacheKey key, String reason) {
    LOG.log(
        Logger.Level.WARNING,
        "kernel cache: {0} is not used and built again: {1}",
        cubin(key),
        reason);
    for (Path file : new Path[] {manifest(key), cubin(key)}) {
      try {
        Files.move(
            file,
            file.resolveSibling(file.getFileName() + ".bad"),
            StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        // Gone already, or not ours to move: publishing replaces it.
        LOG.log(Logger.Level.DEBUG, "cannot set aside " + file, e);
      }
    }
  }

  /** Publishes a cubin; never throws. */
  void publish(CacheKey key, Cubin cubin, Manifest manifest) {
    try {
      Files.createDirectories(folder);
      sweep();
      write(cubin(key), cubin.image());
      write(manifest(key), manifest.toBytes());
    } catch (IOException | RuntimeException e) {
      warn(e);
    }
  }

  private void write(Path target, byte[] bytes) throws IOException {
    Path temporary = folder.resolve(target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      forceFolder();
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Makes a rename durable, where the file system can; elsewhere the checks of the reader must do. */
  private void forceFolder() {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "cannot force " + folder, e);
    }
  }

  /** Removes what killed processes left, once per cache: temporaries and locks older than an hour. */
  private void sweep() {
    if (swept.getAndSet(true)) {
      return;
    }
    Instant limit = Instant.now().minus(STALE);
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, "*.{tmp,lock}")) {
      for (Path file : leftovers) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.log(Logger.Level.DEBUG, "cannot sweep " + folder, e);
    }
  }

  /** Says once that the cache does not work; the run goes on without it. */
  void warn(Exception e) {
    if (!warned.getAndSet(true)) {
      LOG.log(
          Logger.Level.WARNING,
          "kernel cache: cannot write to {0} ({1}); kernels are assembled again in every process. Set"
              + " DG_JIT_CACHE_DIR to a folder that can be written",
          folder,
          e);
    }
  }

  /** What is in the folder; zeros if there is none. */
  CacheStats stats() {
    int entries = 0;
    long bytes = 0;
    try (DirectoryStream<Path> manifests = Files.newDirectoryStream(folder, "*.manifest")) {
      for (Path manifest : manifests) {
        String name = manifest.getFileName().toString();
        Path cubin = cubin(new CacheKey(name.substring(0, name.lastIndexOf('.'))));
        if (Files.exists(cubin)) {
          entries++;
          bytes += Files.size(cubin);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.log(Logger.Level.DEBUG, "cannot list " + folder, e);
    }
    return new CacheStats(folder, entries, bytes);
  }
}
