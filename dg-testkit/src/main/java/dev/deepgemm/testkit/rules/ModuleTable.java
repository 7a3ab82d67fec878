package dev.deepgemm.testkit.rules;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which module may see which: the table of docs/architecture.md, read off the packages.
 *
 * <p>A module is the first part of a package's name below the root; {@code api}, {@code spi} and
 * {@code driver} are one module. A module that is not in the table may see nothing, so a new one has
 * to be entered here. The modules that use no library may see the JDK and JSpecify's annotations only; what the
 * others use of libraries is left to their poms.
 */
final class ModuleTable {
  private static final Map<String, Set<String>> MAY_SEE =
      Map.ofEntries(
          Map.entry("api", Set.of()),
          Map.entry("ptx", Set.of("api")),
          Map.entry("emulator", Set.of("api")),
          Map.entry("reference", Set.of("api")),
          Map.entry("heuristics", Set.of("api")),
          Map.entry("kernels", Set.of("api", "ptx")),
          Map.entry("sm90", Set.of("api", "ptx", "kernels")),
          Map.entry("sm100", Set.of("api")),
          Map.entry("jit", Set.of("api", "heuristics")),
          Map.entry("testkit", Set.of("api", "heuristics", "emulator", "reference")),
          Map.entry("workloads", Set.of("api", "heuristics", "reference")),
          Map.entry(
              "measure", Set.of("api", "heuristics", "emulator", "reference", "workloads", "jit")),
          Map.entry(
              "cli",
              Set.of(
                  "api",
                  "heuristics",
                  "sm90",
                  "sm100",
                  "emulator",
                  "reference",
                  "workloads",
                  "jit",
                  "testkit",
                  "measure")));

  private static final Set<String> WITHOUT_LIBRARIES =
      Set.of("api", "ptx", "emulator", "heuristics", "reference", "kernels", "sm90", "sm100");

  /** By module, those that it may see besides itself. */
  static Map<String, Set<String>> maySee() {
    return MAY_SEE;
  }

  private final String prefix;

  ModuleTable(String root) {
    this.prefix = root + ".";
  }

  boolean sameModule(JavaClass a, JavaClass b) {
    return Objects.equals(moduleOf(a), moduleOf(b));
  }

  boolean forbids(Dependency dependency) {
    String from = moduleOf(dependency.getOriginClass());
    if (from == null) {
      return false;
    }
    JavaClass target = dependency.getTargetClass().getBaseComponentType();
    if (target.isPrimitive()) {
      return false;
    }
    String to = moduleOf(target);
    if (to == null) {
      return WITHOUT_LIBRARIES.contains(from) && !comesWithoutLibrary(target);
    }
    return !to.equals(from) && !MAY_SEE.getOrDefault(from, Set.of()).contains(to);
  }

  /** The module of a class, or null for a class that is not below the root. */
  private @Nullable String moduleOf(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName() + ".";
    if (!name.startsWith(prefix)) {
      return null;
    }
    String module = name.substring(prefix.length(), name.indexOf('.', prefix.length()));
    return module.equals("spi") || module.equals("driver") ? "api" : module;
  }

  private static boolean comesWithoutLibrary(JavaClass type) {
    String name = type.getPackageName() + ".";
    return name.startsWith("java.")
        || name.startsWith("javax.")
        || name.startsWith("jdk.")
        || name.startsWith("org.jspecify.annotations.");
  }
}
