package dev.deepgemm.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ComputeCapability;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchSpecsTest {
  private static final ComputeCapability CC_90 = new ComputeCapability(9, 0);

  private static void assertProblem(String id, String part, ArchSpecException e) {
    assertEquals(id, e.problems().get(0).id());
    assertTrue(e.getMessage().contains(part), () -> "\"" + part + "\" not in: " + e.getMessage());
  }

  @Test
  void of_plugins_areOrderedByName() {
    ArchSpecs specs =
        ArchSpecs.of(List.of(new PlainSpec("sm90", CC_90), new PlainSpec("a", CC_90)));
    assertEquals(List.of("a", "sm90"), specs.all().stream().map(ArchSpec::id).toList());
    assertEquals("sm90", specs.get("sm90").id());
  }

  @Test
  void get_unknown_namesWhatIsThere() {
    ArchSpecs specs = ArchSpecs.of(List.of(new PlainSpec("sm90", CC_90)));
    ArchSpecException e = assertThrows(ArchSpecException.class, () -> specs.get("sm80"));
    assertProblem("DG-ARCH-01", "\"sm80\"", e);
    assertProblem("DG-ARCH-01", "on the class path: sm90", e);
    assertProblem(
        "DG-ARCH-01",
        "on the class path: none",
        assertThrows(ArchSpecException.class, () -> ArchSpecs.of(List.of()).get("sm80")));
  }

  @Test
  void of_twoPluginsOfOneName_namesBothJars() throws Exception {
    ArchSpec first = fromJar("file:/plugins/first.jar");
    ArchSpec second = fromJar("file:/plugins/second.jar");
    ArchSpecException e =
        assertThrows(ArchSpecException.class, () -> ArchSpecs.of(List.of(first, second)));
    assertProblem("DG-ARCH-02", "\"plain\"", e);
    assertProblem("DG-ARCH-02", "file:/plugins/first.jar", e);
    assertProblem("DG-ARCH-02", "file:/plugins/second.jar", e);
  }

  /** The class of {@link PlainSpec} once more, as if it came from that jar. */
  private static ArchSpec fromJar(String jar) throws Exception {
    String name = PlainSpec.class.getName();
    byte[] bytes;
    try (InputStream in =
        Objects.requireNonNull(PlainSpec.class.getResourceAsStream("PlainSpec.class"))) {
      bytes = in.readAllBytes();
    }
    ClassLoader loader =
        new ClassLoader(ArchSpecsTest.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String wanted, boolean resolve)
              throws ClassNotFoundException {
            if (!wanted.equals(name)) {
              return super.loadClass(wanted, resolve);
            }
            CodeSource source;
            try {
              source = new CodeSource(new URL(jar), (Certificate[]) null);
            } catch (IOException e) {
              throw new ClassNotFoundException(wanted, e);
            }
            return defineClass(name, bytes, 0, bytes.length, new ProtectionDomain(source, null));
          }
        };
    return (ArchSpec) loader.loadClass(name).getConstructor().newInstance();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "SM90", "sm_90", "90", "sm 90"})
  void of_nameThatCannotBePartOfAKernelsName_isRefused(String id) {
    assertProblem(
        "DG-ARCH-04",
        "\"" + id + "\"",
        assertThrows(
            ArchSpecException.class, () -> ArchSpecs.of(List.of(new PlainSpec(id, CC_90)))));
  }

  @Test
  void load_registeredPlugin_isFound(@TempDir Path folder) throws IOException {
    try (URLClassLoader loader = withService(folder, PlainSpec.class.getName())) {
      assertEquals(
          List.of("plain"), ArchSpecs.load(loader).all().stream().map(ArchSpec::id).toList());
    }
  }

  @Test
  void load_brokenRegistration_namesTheClass(@TempDir Path folder) throws IOException {
    try (URLClassLoader loader = withService(folder, "com.example.Missing")) {
      assertProblem(
          "DG-ARCH-03",
          "com.example.Missing",
          assertThrows(ArchSpecException.class, () -> ArchSpecs.load(loader)));
    }
  }

  @Test
  void load_contextClassLoader_isTheDefault(@TempDir Path folder) throws IOException {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = withService(folder, PlainSpec.class.getName())) {
      thread.setContextClassLoader(loader);
      assertEquals("plain", ArchSpecs.load().get("plain").id());
      thread.setContextClassLoader(null);
      assertEquals(List.of(), ArchSpecs.load().all());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static URLClassLoader withService(Path folder, String provider) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(ArchSpec.class.getName()), provider + "\n");
    return new URLClassLoader(
        new URL[] {folder.toUri().toURL()}, ArchSpecsTest.class.getClassLoader());
  }

  @Test
  void forDevice_severalRunThere_takesTheHighest() {
    ArchSpec general =
        new PlainSpec("old", new ComputeCapability(8, 9)) {
          @Override
          public boolean runsOn(ComputeCapability device) {
            return true;
          }
        };
    ArchSpec exact = new PlainSpec("sm90", CC_90);
    ArchSpecs specs = ArchSpecs.of(List.of(general, exact));
    assertEquals(Optional.of(exact), specs.forDevice(CC_90));
    assertEquals(Optional.of(general), specs.forDevice(new ComputeCapability(12, 0)));
    assertEquals(
        Optional.empty(), ArchSpecs.of(List.of(exact)).forDevice(new ComputeCapability(8, 0)));
  }
}
