package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PtxasAssemblerTest {
  @TempDir Path folder;

  private static PtxasAssembler installed() {
    PtxasAssembler assembler = new PtxasAssembler(Options.fromEnvironment());
    assumeTrue(
        assembler.unavailable().isEmpty(), () -> assembler.unavailable().orElse("") + " here");
    return assembler;
  }

  private Path script(String body) throws IOException {
    Path file = Files.writeString(folder.resolve("ptxas"), "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private PtxasAssembler scripted(String body) throws IOException {
    return new PtxasAssembler(Optional.of(script(body)), Duration.ofSeconds(1));
  }

  @Test
  void module_isAssembled_andItsResourcesAreRead() {
    PtxasAssembler ptxas = installed();
    Cubin cubin = ptxas.assemble(TestModules.fill());
    assertEquals('E', cubin.bytes()[1]);
    ResourceUsage usage = cubin.usage().orElseThrow();
    assertTrue(usage.registers() >= 6 && usage.registers() <= 32, usage.toString());
    assertEquals(0, usage.stack());
    assertTrue(ptxas.version().matches("\\d+\\.\\d+\\.\\d+"), ptxas.version());
  }

  @Test
  void wrongPtx_isRejected_withItsLine() {
    PtxasAssembler ptxas = installed();
    PtxModule bad = TestModules.module("fill", TestModules.fill().text().replace("ret;", "rett;"));
    JitException e = assertThrows(JitException.class, () -> ptxas.assemble(bad));
    assertEquals("DG-JIT-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("\"rett;\""), e.getMessage());
  }

  @Test
  void emptyPath_isNoPtxas() {
    PtxasAssembler ptxas = new PtxasAssembler(Options.of(Map.of(), Map.of("PATH", "")));
    assertEquals(Optional.of("no ptxas on the PATH"), ptxas.unavailable());
    JitException e = assertThrows(JitException.class, ptxas::version);
    assertEquals("DG-JIT-02", e.problems().get(0).id());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void path_isSearchedInOrder_pastFoldersThatDoNotExist() throws IOException {
    script("echo 'Cuda compilation tools, release 7.7, V7.7.70'");
    PtxasAssembler ptxas =
        new PtxasAssembler(
            Options.of(Map.of(), Map.of("PATH", "/does/not/exist::" + folder + ":/usr/bin")));
    assertEquals("7.7.70", ptxas.version());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void oldPtxas_isPassedOver() throws IOException {
    PtxasAssembler old = scripted("echo 'release 11.8, V11.8.89'");
    assertTrue(old.refusal(TestModules.fill()).orElse("").contains("11.8.89"));
    Assemblers both = new Assemblers(java.util.List.of(old, new FakeAssembler()), "auto");
    assertEquals("fake", both.choose(TestModules.fill()).id());
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void brokenPtxas_isUnavailable_andSaysWhatItPrinted() throws IOException {
    String reason = scripted("echo no licence; exit 3").unavailable().orElse("");
    assertTrue(reason.contains("returned 3") && reason.contains("no licence"), reason);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void hangingPtxas_isStopped() throws IOException {
    PtxasAssembler ptxas =
        scripted("if [ \"$1\" = --version ]; then echo V1.0.0; else exec sleep 60; fi");
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          JitException e =
              assertThrows(JitException.class, () -> ptxas.assemble(TestModules.fill()));
          assertEquals("DG-JIT-05", e.problems().get(0).id());
        });
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void ptxasThatWritesNothing_isAnError_notACubin() throws IOException {
    PtxasAssembler ptxas = scripted("echo V12.0.0");
    JitException e = assertThrows(JitException.class, () -> ptxas.assemble(TestModules.fill()));
    assertEquals("DG-JIT-04", e.problems().get(0).id());
  }
}
