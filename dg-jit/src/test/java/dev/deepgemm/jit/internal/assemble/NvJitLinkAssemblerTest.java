package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvJitLinkAssemblerTest {
  @TempDir Path temporary;

  private static NvJitLinkAssembler installed() {
    NvJitLinkAssembler assembler = new NvJitLinkAssembler(Options.fromEnvironment());
    assumeTrue(
        assembler.unavailable().isEmpty(), () -> assembler.unavailable().orElse("it is there"));
    return assembler;
  }

  @Test
  void assembly_givesMachineCode_withItsUsage() {
    Cubin cubin = installed().assemble(TestModules.fill());
    assertEquals(0x7F, cubin.bytes()[0]);
    assertTrue(cubin.size() > 1000);
    assertTrue(cubin.usage().orElseThrow().registers() > 0);
  }

  @Test
  void version_tellsReleasesApart() {
    assertTrue(installed().version().matches("\\d+\\.\\d+ \\(\\d+ B\\)"), installed().version());
  }

  @Test
  void wrongPtx_isRejected_withItsLine() {
    NvJitLinkAssembler assembler = installed();
    PtxModule broken =
        TestModules.module("fill", TestModules.fill().text().replace("st.global.u32", "st.globe"));
    JitException e = assertThrows(JitException.class, () -> assembler.assemble(broken));
    assertEquals("DG-JIT-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("line "), e.getMessage());
  }

  @Test
  void targets_thatItMayNotKnow_areRefused() {
    NvJitLinkAssembler assembler = installed();
    for (String target : List.of("sm_90a", "sm_80")) {
      assertTrue(assembler.refusal(to(target)).isEmpty(), target);
    }
    for (String target : List.of("sm_1", "sm_999a", "compute_90", "")) {
      assertTrue(assembler.refusal(to(target)).isPresent(), target);
    }
  }

  private static PtxModule to(String target) {
    String text = TestModules.fill().text();
    return PtxModule.builder("fill", target).text(text).threads(64).build();
  }

  @Test
  void nothingInstalled_isUnavailable_andSaysWhereItLooked() {
    NvJitLinkAssembler none =
        new NvJitLinkAssembler(new NvJitLinkLibrary(List.of(temporary), null), false);
    assertTrue(none.unavailable().orElseThrow().contains("LD_LIBRARY_PATH"));
    JitException e = assertThrows(JitException.class, none::version);
    assertEquals("DG-JIT-02", e.problems().get(0).id());
  }

  @Test
  void fileThatIsNoLibrary_isUnavailable_andNamed() throws IOException {
    Path fake = Files.writeString(temporary.resolve("libnvJitLink.so.13"), "not ELF");
    NvJitLinkAssembler broken =
        new NvJitLinkAssembler(new NvJitLinkLibrary(List.of(temporary), null), false);
    assertTrue(broken.unavailable().orElseThrow().contains(fake.toString()));
  }

  @Test
  void candidates_newestFirst_thenTheOrderOfTheFolders() throws IOException {
    Path one = Files.createDirectory(temporary.resolve("one"));
    Path two = Files.createDirectory(temporary.resolve("two"));
    Path old = Files.writeString(one.resolve("libnvJitLink.so.12"), "12");
    Path recent = Files.writeString(two.resolve("libnvJitLink.so.13"), "13");
    Options options =
        Options.of(Map.of(), Map.of("LD_LIBRARY_PATH", one + ":" + two, "CUDA_HOME", "/nowhere"));
    List<Path> found =
        NvJitLinkLibrary.of(options).candidates().stream()
            .map(NvJitLinkLibrary.Candidate::file)
            .filter(file -> file.startsWith(temporary))
            .toList();
    assertEquals(List.of(recent, old), found);
  }

  @Test
  void resourceOfTheClassPath_isUnpacked_whereNothingIsInstalled() throws IOException {
    Path folder = Files.createDirectories(temporary.resolve("jar/org/bytedeco/cuda/linux-x86_64"));
    Files.writeString(folder.resolve("libnvJitLink.so.13"), "from a jar");
    URL[] path = {temporary.resolve("jar").toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(path, null)) {
      List<NvJitLinkLibrary.Candidate> found = new NvJitLinkLibrary(List.of(), loader).candidates();
      assertEquals(1, found.size());
      assertEquals("from a jar", Files.readString(found.get(0).file()));
      assertEquals(10, found.get(0).bytes());
    }
  }
}
