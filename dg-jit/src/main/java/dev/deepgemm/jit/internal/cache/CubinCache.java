package dev.deepgemm.jit.internal.cache;

import dev.deepgemm.api.Options;
import dev.deepgemm.jit.kernel.CacheStats;
import dev.deepgemm.jit.kernel.Cubin;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

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
 * <p>No method throws because of the file system. A folder that cannot be written, or in which files
 * cannot be locked, costs the cache or some double work: one warning per cache object, whatever the
 * number of kernels, and every process assembles for itself. Whoever publishes keeps the folder below its
 * limit ({@link CacheFolder}).
 */
public final class CubinCache {
  private static final Logger LOG = System.getLogger(CubinCache.class.getName());

  private final CacheFolder folder;
  private final CacheFiles files;
  private final long maxBytes;
  private final AtomicBoolean warned = new AtomicBoolean();
  private final AtomicBoolean swept = new AtomicBoolean();
  private final LongAdder evicted = new LongAdder();

  public CubinCache(Path folder) {
    this(folder, new CacheFiles(), Long.MAX_VALUE);
  }

  /**
   * @param maxBytes size above which publishing removes the least recently used entries
   */
  public CubinCache(Path folder, CacheFiles files, long maxBytes) {
    this.folder = new CacheFolder(folder, files);
    this.files = files;
    this.maxBytes = maxBytes;
  }

  /** The cache of the options. */
  public static CubinCache of(Options options) {
    long megabytes = options.get(Options.JIT_CACHE_MAX_MB);
    return new CubinCache(
        folder(options), new CacheFiles(), megabytes == 0 ? Long.MAX_VALUE : megabytes << 20);
  }

  /**
   * {@code DG_JIT_CACHE_DIR}, else {@code $HOME/.deep_gemm}; cubins lie in a folder below it whose name
   * is the version of the format, beside whatever DeepGEMM itself keeps there.
   */
  public static Path folder(Options options) {
    String chosen = options.get(Options.JIT_CACHE_DIR);
    if (chosen.isBlank()) {
      String home = options.foreign("HOME");
      home = home == null || home.isBlank() ? System.getProperty("user.home", "") : home;
      chosen = Path.of(home, ".deep_gemm").toString();
    }
    return Path.of(chosen, "cubin-v1").toAbsolutePath();
  }

  public Path folder() {
    return folder.path();
  }

  public Path cubin(CacheKey key) {
    return folder.cubin(key.hex());
  }

  public Path manifest(CacheKey key) {
    return folder.manifest(key.hex());
  }

  /** What a look into the folder gave. */
  public sealed interface Lookup {
    /** A cubin that passed every check. */
    record Hit(Cubin cubin, Manifest manifest) implements Lookup {}

    /** Nothing published. */
    record Miss() implements Lookup {}

    /** Something that is not what its manifest says. */
    record Bad(String reason) implements Lookup {}
  }

  /** Looks an entry up, and notes that it was used; never throws. */
  public Lookup read(CacheKey key) {
    Lookup found = check(key);
    if (found instanceof Lookup.Hit) {
      folder.touch(key.hex());
    }
    return found;
  }

  /** Looks an entry up; never throws. */
  public Lookup check(CacheKey key) {
    try {
      Optional<Manifest> parsed = Manifest.parse(files.read(manifest(key)));
      if (parsed.isEmpty()) {
        return new Lookup.Bad("its manifest is damaged");
      }
      Manifest manifest = parsed.get();
      if (!manifest.key().equals(key.hex())) {
        return new Lookup.Bad("its manifest is that of " + manifest.key());
      }
      byte[] bytes = files.read(cubin(key));
      if (bytes.length != manifest.size()) {
        return new Lookup.Bad(
            "it has " + bytes.length + " bytes, its manifest says " + manifest.size());
      }
      if (!CacheKey.sha256(bytes).equals(manifest.sha256())) {
        return new Lookup.Bad("its SHA-256 is not that of its manifest");
      }
      return new Lookup.Hit(manifest.cubin(bytes), manifest);
    } catch (NoSuchFileException e) {
      return new Lookup.Miss();
    } catch (IOException | RuntimeException e) {
      // Not a folder, no permission, a file of 3 GB: whatever it is, it is no cubin.
      LOG.log(Logger.Level.DEBUG, "cannot read " + cubin(key), e);
      return new Lookup.Miss();
    }
  }

  /** Whether an entry seems to be there; a hint for those who wait. */
  public boolean published(CacheKey key) {
    return files.exists(manifest(key));
  }

  /** The lock of an entry, or none where there can be none; see {@link CacheLock#acquire}. */
  public CacheLock lock(CacheKey key, Duration timeout, BooleanSupplier pointless) {
    return CacheLock.acquire(files, folder.lock(key.hex()), timeout, pointless, this::warn);
  }

  /** Moves a bad entry out of the way; never throws. */
  public void setAside(CacheKey key, String reason) {
    LOG.log(
        Logger.Level.WARNING,
        "kernel cache: {0} is not used and built again: {1}",
        cubin(key),
        reason);
    for (Path file : new Path[] {manifest(key), cubin(key)}) {
      try {
        files.rename(file, file.resolveSibling(file.getFileName() + ".bad"));
      } catch (IOException e) {
        // Gone already, or not ours to move: publishing replaces it.
        LOG.log(Logger.Level.DEBUG, "cannot set aside " + file, e);
      }
    }
  }

  /** Publishes a cubin; never throws. */
  public void publish(CacheKey key, Cubin cubin, Manifest manifest) {
    try {
      try {
        write(key, cubin, manifest);
      } catch (NoSuchFileException e) {
        // Somebody removed the folder while this wrote into it: once more, in a new one.
        write(key, cubin, manifest);
      }
      if (!swept.getAndSet(true)) {
        folder.sweep();
      }
      if (maxBytes != Long.MAX_VALUE) {
        trim(key);
      }
    } catch (IOException | RuntimeException e) {
      warn(e);
    }
  }

  private void write(CacheKey key, Cubin cubin, Manifest manifest) throws IOException {
    files.createFolder(folder.path());
    write(cubin(key), cubin.bytes());
    write(manifest(key), manifest.toBytes());
  }

  private void write(Path target, byte[] bytes) throws IOException {
    Path temporary = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    boolean renamed = false;
    try {
      files.write(temporary, bytes);
      files.rename(temporary, target);
      renamed = true;
      forceFolder();
    } finally {
      if (!renamed) {
        files.delete(temporary);
      }
    }
  }

  /** Makes a rename durable, where the file system can; elsewhere the checks of the reader must do. */
  private void forceFolder() {
    try {
      files.force(folder.path());
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "cannot force " + folder.path(), e);
    }
  }

  /** A tenth more than needed goes at a time, so that a full folder is not trimmed at every kernel. */
  private void trim(CacheKey published) throws IOException {
    if (folder.list().bytes() > maxBytes) {
      List<CacheFolder.Entry> gone = folder.evict(maxBytes - maxBytes / 10, published.hex());
      evicted.add(gone.size());
      LOG.log(
          Logger.Level.DEBUG,
          "kernel cache: {0} kernels that were not used lately are removed from {1}",
          gone.size(),
          folder.path());
    }
  }

  /** Entries that this object removed to keep the folder small. */
  public long evicted() {
    return evicted.sum();
  }

  /** Says once that the cache does not work as it should; the run goes on without it. */
  private void warn(Exception e) {
    if (warned.getAndSet(true)) {
      LOG.log(Logger.Level.DEBUG, "kernel cache: " + folder.path(), e);
    } else {
      LOG.log(
          Logger.Level.WARNING,
          "kernel cache: cannot write to {0} or lock files there ({1}); kernels may be assembled again"
              + " in every process. Set DG_JIT_CACHE_DIR to a folder where both works",
          folder.path(),
          e);
    }
  }

  /** What is in the folder; zeros if there is none. */
  public CacheStats stats() {
    try {
      CacheFolder.Listing listing = folder.list();
      return new CacheStats(folder.path(), listing.entries().size(), listing.bytes());
    } catch (IOException e) {
      LOG.log(Logger.Level.DEBUG, "cannot list " + folder.path(), e);
      return new CacheStats(folder.path(), 0, 0);
    }
  }
}
