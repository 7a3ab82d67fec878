package dev.deepgemm.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.spi.ArchSpec;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What plugins are compiled against: the public types of {@code dg-api}. */
class SpiSurfaceTest {
  private static final Set<String> PACKAGES =
      Set.of(
          "dev.deepgemm.spi",
          "dev.deepgemm.api",
          "dev.deepgemm.api.config",
          "dev.deepgemm.api.launch");

  @Test
  void surface_isThatOfTheTable() throws Exception {
    List<Class<?>> types = types();
    assertTrue(types.contains(ArchSpec.class), types::toString);
    GuardTable.named("spi-surface.txt").check(SurfaceText.of(types));
  }

  /** The classes of the module, from its jar or from the folder of its build. */
  private static List<Class<?>> types()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path place =
        Path.of(ArchSpec.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(place)) {
      return types(place);
    }
    try (FileSystem jar = FileSystems.newFileSystem(place)) {
      return types(jar.getPath("/"));
    }
  }

  private static List<Class<?>> types(Path root) throws IOException, ClassNotFoundException {
    List<Class<?>> types = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        String name =
            root.relativize(file)
                .toString()
                .replaceFirst("\\.class$", "")
                .replaceAll("[/\\\\]", ".");
        if (PACKAGES.contains(name.replaceFirst("\\.[^.]*$", ""))) {
          types.add(Class.forName(name, false, ArchSpec.class.getClassLoader()));
        }
      }
    }
    return types;
  }

  @Test
  void surface_hasEverythingThatAPluginCanSee() {
    String name = SurfaceSample.class.getName();
    List<String> expected =
        """
        protected abstract static class SAMPLE$Open extends java.lang.Exception
          constructor protected new()
          field protected final long field
          method protected abstract void call()
        public enum SAMPLE$Order
          constant SECOND
          constant FIRST
        public record SAMPLE$Pair<T extends java.lang.Number> implements SAMPLE$Shape<T>
          component int right
          component @Nullable java.lang.String left
          constructor public new(int)
          constructor public new(int, @Nullable java.lang.String)
          method public T first(int, java.lang.String...)
          method public T get()
        public sealed interface SAMPLE$Shape<T extends java.lang.Number> extends java.util.function.Supplier<T> permits SAMPLE$Pair
          field public static final int LIMIT = 7
          method public abstract T first(int, java.lang.String...) throws java.io.IOException
          method public default @Nullable java.lang.String second(java.util.List<? super T>)
          method public static <X> void third(X)
        """
            .replace("SAMPLE", name)
            .lines()
            .toList();
    assertEquals(expected, SurfaceText.of(List.of(SurfaceSample.class.getDeclaredClasses())));
  }
}
