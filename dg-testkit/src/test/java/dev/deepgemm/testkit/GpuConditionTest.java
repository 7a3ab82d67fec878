package dev.deepgemm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuConditionTest {
  @TempDir Path root;

  private Optional<String> missing(Map<String, String> environment) {
    return new GpuCondition(root, Options.of(Map.of(), environment)).missing();
  }

  private void create(String file, String content) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  @Test
  void condition_namesTheDeviceNode_whereThereIsNone() {
    assertTrue(missing(Map.of()).orElse("").contains("/dev/nvidiactl"));
  }

  @Test
  void condition_namesTheLibrary_whereOnlyTheDeviceIsThere() throws IOException {
    create("dev/nvidiactl", "");
    create("etc/ld.so.cache", "/usr/lib/libc.so.6");
    assertTrue(missing(Map.of()).orElse("").contains("libcuda.so.1"));
  }

  @Test
  void condition_isMet_byTheUsualFolder() throws IOException {
    create("dev/nvidiactl", "");
    create("usr/lib/x86_64-linux-gnu/libcuda.so.1", "");
    assertEquals(Optional.empty(), missing(Map.of()));
  }

  @Test
  void condition_isMet_byTheLoadersCache() throws IOException {
    create("dev/nvidiactl", "");
    create("etc/ld.so.cache", "libcuda.so.1\0/opt/driver/libcuda.so.1\0");
    assertEquals(Optional.empty(), missing(Map.of()));
  }

  @Test
  void condition_isMet_byTheLibraryPath() throws IOException {
    create("dev/nvidiactl", "");
    create("opt/odd/libcuda.so.1", "");
    assertEquals(Optional.empty(), missing(Map.of("LD_LIBRARY_PATH", "relative:/opt/odd")));
  }
}
