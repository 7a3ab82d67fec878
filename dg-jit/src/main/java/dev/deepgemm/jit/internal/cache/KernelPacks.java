package dev.deepgemm.jit.internal.cache;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.internal.Once;
import dev.deepgemm.jit.kernel.Cubin;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The kernel packs of the class path: machine code that was shipped, so that nothing has to be compiled,
 * written or installed where it runs.
 *
 * <p>A pack is found by its index ({@link PackLayout}), whatever its jar is called, and there may be
 * several. They are asked before the cache folder and before any assembler is looked for: a read-only
 * container without an assembler, or a process that must not compile, runs on a pack alone.
 *
 * <p>Nothing is believed: a cubin is used only if its size and SHA-256 are those of its index entry. One
 * that fails is a miss, with one warning per process; if another pack holds the kernel too, that one is
 * tried. No method throws because of a pack.
 *
 * <p>Packs are read on first use. What was found stays in memory.
 */
public final class KernelPacks {
  private static final Logger LOG = System.getLogger(KernelPacks.class.getName());

  private final Once<Map<String, List<Entry>>> entries;
  private final ConcurrentHashMap<String, Found> memory = new ConcurrentHashMap<>();
  private final AtomicBoolean warned = new AtomicBoolean();

  private KernelPacks(Optional<ClassLoader> loader) {
    this.entries = new Once<>(() -> loader.map(this::read).orElseGet(Map::of));
  }

  /** The packs of the class path, unless {@code DG_JIT_PACKS} is 0. */
  public static KernelPacks of(Options options) {
    if (!options.get(Options.JIT_PACKS)) {
      return none();
    }
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return of(context == null ? KernelPacks.class.getClassLoader() : context);
  }

  public static KernelPacks of(ClassLoader loader) {
    return new KernelPacks(Optional.of(loader));
  }

  /** No packs, whatever is on the class path. */
  public static KernelPacks none() {
    return new KernelPacks(Optional.empty());
  }

  /** A kernel of a pack: what its manifest says, and where its cubin is. */
  private record Entry(Manifest manifest, URL index) {
    URL cubin() throws IOException {
      // The one in the same jar: another pack may have one of the same name.
      String base = index.toExternalForm();
      String root = base.substring(0, base.length() - PackLayout.INDEX.length());
      return URI.create(root + PackLayout.cubin(manifest.key())).toURL();
    }
  }

  /**
   * What a pack had.
   *
   * @param cubin checked
   * @param manifest what its index says of it
   */
  public record Found(Cubin cubin, Manifest manifest) {
    public String note(String name) {
      return manifest.notes().getOrDefault(name, "");
    }
  }

  /**
   * The machine code of a module.
   *
   * @param known whether it had been read before
   */
  public record Hit(Found found, boolean known) {}

  /** Looks a module up; never throws. */
  public Optional<Hit> find(PtxModule module) {
    if (entries.get().isEmpty()) {
      return Optional.empty();
    }
    String key = PackLayout.key(module).hex();
    Found known = memory.get(key);
    if (known != null) {
      return Optional.of(new Hit(known, true));
    }
    for (Entry entry : entries.get().getOrDefault(key, List.of())) {
      Optional<Found> found = check(entry);
      if (found.isPresent()) {
        memory.put(key, found.get());
        return Optional.of(new Hit(found.get(), false));
      }
    }
    return Optional.empty();
  }

  private Optional<Found> check(Entry entry) {
    Manifest manifest = entry.manifest;
    try (InputStream in = entry.cubin().openStream()) {
      byte[] bytes = in.readAllBytes();
      if (bytes.length != manifest.size()) {
        warn(
            entry.index,
            manifest.key() + " has " + bytes.length + " bytes, not " + manifest.size());
      } else if (!CacheKey.sha256(bytes).equals(manifest.sha256())) {
        warn(entry.index, "the SHA-256 of " + manifest.key() + " is not that of the index");
      } else {
        return Optional.of(new Found(manifest.cubin(bytes), manifest));
      }
    } catch (IOException | RuntimeException e) {
      warn(entry.index, manifest.key() + " cannot be read: " + e);
    }
    return Optional.empty();
  }

  /** The entries of all packs, by key; those of one key in the order of the class path. */
  private Map<String, List<Entry>> read(ClassLoader loader) {
    Map<String, List<Entry>> found = new ConcurrentHashMap<>();
    try {
      for (URL index : Collections.list(loader.getResources(PackLayout.INDEX))) {
        read(index, found);
      }
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "kernel packs cannot be looked for: {0}", e);
    }
    return found;
  }

  private void read(URL index, Map<String, List<Entry>> into) {
    try (InputStream in = index.openStream()) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      int kernels = 0;
      for (String section : sections(text)) {
        Optional<Manifest> manifest = Manifest.parse(section.getBytes(StandardCharsets.UTF_8));
        if (manifest.isPresent()) {
          into.computeIfAbsent(manifest.get().key(), key -> new ArrayList<>())
              .add(new Entry(manifest.get(), index));
          kernels++;
        } else {
          warn(index, "an entry of the index is damaged");
        }
      }
      LOG.log(Logger.Level.DEBUG, "kernel pack {0}: {1} kernels", index, kernels);
    } catch (IOException | RuntimeException e) {
      warn(index, "the index cannot be read: " + e);
    }
  }

  /** The manifests of an index: each begins with the header of one. */
  private static List<String> sections(String text) {
    List<String> sections = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int next = text.indexOf(Manifest.HEADER, start + 1);
      sections.add(text.substring(start, next < 0 ? text.length() : next));
      start = next < 0 ? text.length() : next;
    }
    return sections;
  }

  private void warn(URL index, String what) {
    if (warned.getAndSet(true)) {
      LOG.log(Logger.Level.DEBUG, "kernel pack {0}: {1}", index, what);
    } else {
      LOG.log(
          Logger.Level.WARNING,
          "kernel pack {0}: {1}; such kernels are compiled instead. Make the pack again with dg warmup"
              + " --pack",
          index,
          what);
    }
  }
}
