package dev.deepgemm.jit;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.jit.internal.cache.CacheFiles;
import dev.deepgemm.jit.internal.cache.CacheFolder;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cache.CubinCache;
import dev.deepgemm.jit.internal.cache.CubinCache.Lookup;
import dev.deepgemm.jit.internal.cache.Manifest;
import dev.deepgemm.jit.kernel.CacheEntry;
import dev.deepgemm.jit.kernel.JitException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The cache folder for those who look after it: what is in it, whether it is whole, and how to make it
 * smaller. Safe beside processes that use the folder: who has a kernel keeps it, who does not have it
 * builds it again.
 *
 * <p>Files that the cache did not write are left alone. Unlike the cache itself, which never fails for a
 * file system's sake, the methods throw {@code DG-CACHE-01}.
 */
public final class KernelCache {
  private final CacheFolder folder;
  private final CacheFiles files;
  private final CubinCache cache;

  private KernelCache(Path path, CacheFiles files) {
    this.folder = new CacheFolder(path, files);
    this.files = files;
    this.cache = new CubinCache(path, files, Long.MAX_VALUE);
  }

  /** The folder that the options name; it need not be there. */
  public static KernelCache of(Options options) {
    return of(CubinCache.folder(options), new CacheFiles());
  }

  static KernelCache of(Path folder, CacheFiles files) {
    return new KernelCache(folder, files);
  }

  /** Where the kernels are. */
  public Path folder() {
    return folder.path();
  }

  /**
   * What went.
   *
   * @param kernels entries
   * @param leftovers files of processes that were killed, and of bad entries that were set aside
   * @param bytes of both
   */
  public record Removed(int kernels, int leftovers, long bytes) {}

  /** All entries, the last used first; manifests are read, cubins are not. */
  public List<CacheEntry> entries() {
    return entries(false);
  }

  /** All entries, each checked against its size and SHA-256 as a process would before using it. */
  public List<CacheEntry> verify() {
    return entries(true);
  }

  private List<CacheEntry> entries(boolean check) {
    List<CacheEntry> found = new ArrayList<>();
    for (CacheFolder.Entry entry : listing().entries()) {
      Optional<Manifest> manifest = manifest(entry.key());
      Optional<String> damage = Optional.empty();
      if (check && cache.check(new CacheKey(entry.key())) instanceof Lookup.Bad bad) {
        damage = Optional.of(bad.reason());
      }
      found.add(
          new CacheEntry(
              entry.key(),
              note(manifest, "entry"),
              note(manifest, "target"),
              note(manifest, "assembler"),
              entry.bytes(),
              entry.lastUsed(),
              manifest.flatMap(Manifest::usage),
              damage));
    }
    Collections.reverse(found);
    return found;
  }

  private Optional<Manifest> manifest(String key) {
    try {
      return Manifest.parse(files.read(folder.manifest(key)));
    } catch (IOException e) {
      return Optional.empty(); // removed meanwhile
    }
  }

  private static String note(Optional<Manifest> manifest, String name) {
    return manifest.map(m -> m.notes().getOrDefault(name, "")).orElse("");
  }

  /** Removes entries that no process would use. */
  public Removed remove(List<CacheEntry> entries) {
    int kernels = 0;
    long bytes = 0;
    for (CacheEntry entry : entries) {
      try {
        if (folder.remove(entry.key())) {
          kernels++;
          bytes += entry.bytes();
        }
      } catch (IOException e) {
        throw failed("remove " + entry.key() + " from", e);
      }
    }
    return new Removed(kernels, 0, bytes);
  }

  /**
   * Makes the folder smaller: entries that were not used for a time go, then the least recently used ones
   * until the others fit, and all that killed processes left.
   *
   * @param mostBytes what may stay
   * @param unusedFor how long an entry may have been unused
   */
  public Removed prune(long mostBytes, Duration unusedFor) {
    try {
      Instant oldest = Instant.now().minus(unusedFor);
      int kernels = 0;
      long bytes = 0;
      for (CacheFolder.Entry entry : folder.list().entries()) {
        if (entry.lastUsed().isBefore(oldest) && folder.remove(entry.key())) {
          kernels++;
          bytes += entry.bytes();
        }
      }
      for (CacheFolder.Entry entry : folder.evict(mostBytes, "")) {
        kernels++;
        bytes += entry.bytes();
      }
      Removed leftovers = leftovers(Instant.now().minus(CacheFolder.STALE));
      return new Removed(kernels, leftovers.leftovers, bytes + leftovers.bytes);
    } catch (IOException e) {
      throw failed("prune", e);
    }
  }

  /** Removes every kernel, and all that killed processes left. */
  public Removed clear() {
    Removed kernels = remove(entries());
    try {
      Removed leftovers = leftovers(Instant.MAX);
      return new Removed(kernels.kernels, leftovers.leftovers, kernels.bytes + leftovers.bytes);
    } catch (IOException e) {
      throw failed("clear", e);
    }
  }

  /** Bad entries go whatever their age; younger temporaries belong to a process that is writing them. */
  private Removed leftovers(Instant before) throws IOException {
    int count = 0;
    long bytes = 0;
    for (CacheFiles.Stat stat : folder.list().leftovers()) {
      boolean old = stat.name().endsWith(".bad") || stat.modified().isBefore(before);
      if (old && files.delete(stat.file())) {
        count++;
        bytes += stat.bytes();
      }
    }
    return new Removed(0, count, bytes);
  }

  private CacheFolder.Listing listing() {
    try {
      return folder.list();
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  private JitException failed(String what, IOException e) {
    return new JitException(
        Problem.of(
            "DG-CACHE-01",
            "cannot %s %s: %s; check that it is a folder and that you may write to it",
            what,
            folder.path(),
            e),
        e);
  }
}
