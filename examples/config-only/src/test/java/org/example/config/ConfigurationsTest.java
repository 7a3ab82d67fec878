package org.example.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.config.GemmConfig;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

class ConfigurationsTest {
  /** 576 columns are 36 tiles of 16: one wave, in which 96 of 132 SMs have nothing to do. */
  @Test
  void configuration_leavesSmsToOthers() {
    GemmConfig config = new Configurations().fp8(64, 576, 7168);
    assertEquals(1, config.waves());
    assertEquals(36, config.numSms());
  }

  @Test
  void classPath_hasNothingNative() throws IOException {
    List<String> natives = new ArrayList<>();
    List<URL> manifests =
        Collections.list(getClass().getClassLoader().getResources("META-INF/MANIFEST.MF"));
    for (URL manifest : manifests) {
      if (manifest.openConnection() instanceof JarURLConnection connection) {
        JarFile jar = connection.getJarFile();
        for (JarEntry entry : Collections.list(jar.entries())) {
          if (entry.getName().matches(".*\\.(so|dll|dylib|jnilib)(\\.\\d+)*")) {
            natives.add(jar.getName() + ": " + entry.getName());
          }
        }
      }
    }
    assertTrue(
        manifests.stream().anyMatch(jar -> jar.getPath().contains("dg-heuristics")),
        () -> "the jars were not looked at: " + manifests);
    assertEquals(List.of(), natives);
  }

  @Test
  void classPath_hasNeitherGuiceNorBindings() {
    for (String type :
        List.of(
            "com.google.inject.Injector",
            "jcuda.driver.JCudaDriver",
            "com.sun.jna.Native",
            "dev.deepgemm.jit.DeepGemm",
            "dev.deepgemm.emulator.Emulator")) {
      assertThrows(ClassNotFoundException.class, () -> Class.forName(type), type);
    }
  }
}
