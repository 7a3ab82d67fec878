package dev.deepgemm.jit.internal.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What lies in a cache folder, and how it is kept small.
 *
 * <p><b>Last use</b> is the modification time of a manifest: a reader sets it when the entry is older
 * than {@link #TOUCH_AFTER}. A file system that keeps no such times, or does not let them be set, evicts
 * in the order of publication instead.
 *
 * <p><b>Removal</b> takes the manifest first: from then on the entry is not there for anybody. A reader
 * between the two files finds no cubin, which is a miss. A publisher at the same moment may lose its
 * cubin and leave a manifest alone, which is a miss too, and is published again by whoever wants it. A
 * process that has the bytes keeps them. So removal needs no lock to be safe; it passes over entries whose
 * lock is held, because somebody wants them just now.
 *
 * <p>Files with other names than the cache's own are never touched.
 */
public final class CacheFolder {
  /** How stale a time of last use may be; saves a write per read. */
  static final Duration TOUCH_AFTER = Duration.ofMinutes(10);

  /** What is older than this was left by a process that was killed. */
  public static final Duration STALE = Duration.ofHours(1);

  private static final Logger LOG = System.getLogger(CacheFolder.class.getName());
  private static final Pattern OURS =
      Pattern.compile(
          "([0-9a-f]{64})\\.(cubin|manifest|lock|cubin\\.bad|manifest\\.bad"
              + "|(?:cubin|manifest)\\.[0-9A-Za-z-]+\\.tmp)");

  private final Path path;
  private final CacheFiles files;

  public CacheFolder(Path path, CacheFiles files) {
    this.path = path;
    this.files = files;
  }

  public Path path() {
    return path;
  }

  Path cubin(String key) {
    return path.resolve(key + ".cubin");
  }

  public Path manifest(String key) {
    return path.resolve(key + ".manifest");
  }

  Path lock(String key) {
    return path.resolve(key + ".lock");
  }

  /**
   * An entry that is published: both files are there.
   *
   * @param key its name
   * @param bytes of both files
   * @param lastUsed when it was last read or written
   */
  public record Entry(String key, long bytes, Instant lastUsed) {}

  /**
   * What a look at the folder saw.
   *
   * @param entries published, the least recently used first
   * @param leftovers files of ours that belong to no entry: temporaries, locks, bad and half entries
   */
  public record Listing(List<Entry> entries, List<CacheFiles.Stat> leftovers) {
    long bytes() {
      return entries.stream().mapToLong(Entry::bytes).sum();
    }
  }

  /** The folder as it is; empty if there is none. */
  public Listing list() throws IOException {
    Map<String, CacheFiles.Stat> cubins = new HashMap<>();
    Map<String, CacheFiles.Stat> manifests = new HashMap<>();
    List<CacheFiles.Stat> leftovers = new ArrayList<>();
    for (CacheFiles.Stat stat : stats()) {
      Matcher ours = OURS.matcher(stat.name());
      if (ours.matches()) {
        switch (ours.group(2)) {
          case "cubin" -> cubins.put(ours.group(1), stat);
          case "manifest" -> manifests.put(ours.group(1), stat);
          default -> leftovers.add(stat);
        }
      }
    }
    List<Entry> entries = new ArrayList<>();
    manifests.forEach(
        (key, manifest) -> {
          CacheFiles.Stat cubin = cubins.remove(key);
          if (cubin == null) {
            leftovers.add(manifest);
          } else {
            entries.add(new Entry(key, cubin.bytes() + manifest.bytes(), manifest.modified()));
          }
        });
    leftovers.addAll(cubins.values());
    entries.sort(Comparator.comparing(Entry::lastUsed).thenComparing(Entry::key));
    return new Listing(entries, leftovers);
  }

  private List<CacheFiles.Stat> stats() throws IOException {
    try {
      return files.list(path);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** Notes that an entry was used. */
  void touch(String key) {
    Path manifest = manifest(key);
    try {
      Instant now = Instant.now();
      if (files.modified(manifest).isBefore(now.minus(TOUCH_AFTER))) {
        files.touch(manifest, now);
      }
    } catch (IOException e) {
      // Somebody else's folder, or a read-only one: it is then evicted by age.
      LOG.log(Logger.Level.DEBUG, "cannot touch " + manifest, e);
    }
  }

  /** Removes what killed processes left. */
  void sweep() throws IOException {
    Instant limit = Instant.now().minus(STALE);
    for (CacheFiles.Stat stat : list().leftovers()) {
      if (stat.modified().isBefore(limit) && !stat.name().endsWith(".bad")) {
        files.delete(stat.file());
      }
    }
  }

  /**
   * Removes the least recently used entries until the others fit.
   *
   * @param most bytes that may stay
   * @param keep an entry that stays in any case, or an empty string
   * @return what went
   */
  public List<Entry> evict(long most, String keep) throws IOException {
    Listing listing = list();
    long bytes = listing.bytes();
    List<Entry> gone = new ArrayList<>();
    for (Entry entry : listing.entries()) {
      if (bytes <= most) {
        break;
      }
      if (!entry.key().equals(keep) && removeUnlessWanted(entry)) {
        bytes -= entry.bytes();
        gone.add(entry);
      }
    }
    return gone;
  }

  private boolean removeUnlessWanted(Entry entry) throws IOException {
    if (!files.exists(lock(entry.key()))) {
      return remove(entry.key());
    }
    try (CacheLock lock =
        CacheLock.acquire(files, lock(entry.key()), Duration.ZERO, () -> false, e -> {})) {
      return lock.held() && remove(entry.key());
    }
  }

  /** Removes an entry; false if it is gone already. */
  public boolean remove(String key) throws IOException {
    boolean manifest = files.delete(manifest(key));
    boolean cubin = files.delete(cubin(key));
    return manifest || cubin;
  }
}
