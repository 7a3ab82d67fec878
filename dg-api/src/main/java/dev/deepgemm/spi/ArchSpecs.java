package dev.deepgemm.spi;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.Problem;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The architecture plugins of a class loader, by name. Immutable; two plugins of one name are an
 * error.
 */
public final class ArchSpecs {
  private final Map<String, ArchSpec> byId;

  private ArchSpecs(Map<String, ArchSpec> byId) {
    this.byId = byId;
  }

  /** The plugins that {@link ServiceLoader} finds with the context class loader of this thread. */
  public static ArchSpecs load() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return load(context == null ? ArchSpecs.class.getClassLoader() : context);
  }

  /**
   * The plugins of a class loader.
   *
   * @throws ArchSpecException if a plugin cannot be loaded ({@code DG-ARCH-03}) or two have one
   *     name ({@code DG-ARCH-02})
   */
  public static ArchSpecs load(ClassLoader loader) {
    List<ArchSpec> found = new ArrayList<>();
    try {
      ServiceLoader.load(ArchSpec.class, loader).forEach(found::add);
    } catch (ServiceConfigurationError e) {
      throw new ArchSpecException(
          Problem.of(
              "DG-ARCH-03",
              "an architecture plugin cannot be loaded: %s. A plugin is a public class with a public"
                  + " no-argument constructor, named in META-INF/services/%s",
              e.getMessage(),
              ArchSpec.class.getName()),
          e);
    }
    return of(found);
  }

  /** The given plugins; what tests use. */
  public static ArchSpecs of(List<? extends ArchSpec> specs) {
    Map<String, ArchSpec> byId = new TreeMap<>();
    for (ArchSpec spec : specs) {
      if (!spec.id().matches("[a-z][a-z0-9]*")) {
        throw new ArchSpecException(
            Problem.of(
                "DG-ARCH-04",
                "%s in %s calls its architecture \"%s\"; legal: lower-case letters and digits, a"
                    + " letter first (the name becomes part of kernel names)",
                spec.getClass().getName(),
                origin(spec),
                spec.id()),
            null);
      }
      ArchSpec other = byId.putIfAbsent(spec.id(), spec);
      if (other != null) {
        throw new ArchSpecException(
            Problem.of(
                "DG-ARCH-02",
                "two plugins for architecture \"%s\": %s in %s and %s in %s; keep one of them on the"
                    + " class path",
                spec.id(),
                other.getClass().getName(),
                origin(other),
                spec.getClass().getName(),
                origin(spec)),
            null);
      }
    }
    return new ArchSpecs(byId);
  }

  /** All plugins, ordered by name. */
  public List<ArchSpec> all() {
    return List.copyOf(byId.values());
  }

  /**
   * The plugin of that name.
   *
   * @throws ArchSpecException if there is none ({@code DG-ARCH-01})
   */
  public ArchSpec get(String id) {
    ArchSpec spec = byId.get(id);
    if (spec == null) {
      throw new ArchSpecException(
          Problem.of(
              "DG-ARCH-01",
              "no plugin for architecture \"%s\"; on the class path: %s. Add the plugin's jar",
              id,
              byId.isEmpty() ? "none" : String.join(", ", byId.keySet())),
          null);
    }
    return spec;
  }

  /** The plugin whose kernels run on such a device; the highest architecture wins. */
  public Optional<ArchSpec> forDevice(ComputeCapability device) {
    return byId.values().stream()
        .filter(spec -> spec.runsOn(device))
        .max(
            (x, y) -> {
              ComputeCapability a = x.computeCapability();
              ComputeCapability b = y.computeCapability();
              int major = Integer.compare(a.major(), b.major());
              return major != 0 ? major : Integer.compare(a.minor(), b.minor());
            });
  }

  /** The jar or folder that a plugin came from. */
  public static String origin(ArchSpec spec) {
    CodeSource source = spec.getClass().getProtectionDomain().getCodeSource();
    return source == null || source.getLocation() == null
        ? "an unknown place"
        : source.getLocation().toString();
  }

  @Override
  public String toString() {
    return byId.values().stream()
        .map(spec -> spec.id() + " (" + spec.getClass().getName() + ")")
        .collect(Collectors.joining(", "));
  }
}
