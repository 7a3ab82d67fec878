package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(
    value = OS.LINUX,
    architectures = "amd64",
    disabledReason = "JCuda has natives for Linux x86-64 only")
class EmbeddedAssemblerTest {
  private final EmbeddedAssembler assembler = new EmbeddedAssembler();

  @Test
  void assembler_isAvailable_withoutAnythingInstalled() {
    assertEquals(Optional.empty(), assembler.unavailable());
    assertTrue(assembler.version().matches("12\\.\\d+"), assembler.version());
  }

  @Test
  void module_isAssembled_andItsResourcesAreRead() {
    Cubin cubin = assembler.assemble(TestModules.fill());
    byte[] bytes = cubin.bytes();
    assertArrayEquals(new byte[] {0x7F, 'E', 'L', 'F'}, java.util.Arrays.copyOf(bytes, 4));
    ResourceUsage usage = cubin.usage().orElseThrow();
    assertTrue(usage.registers() >= 6 && usage.registers() <= 32, usage.toString());
    assertEquals(0, usage.spillStores() + usage.spillLoads() + usage.stack());
  }

  @Test
  void assembly_isDeterministic() {
    assertArrayEquals(
        assembler.assemble(TestModules.fill()).bytes(),
        assembler.assemble(TestModules.fill()).bytes());
  }

  @Test
  void threads_assembleSideBySide() {
    byte[] alone = assembler.assemble(TestModules.fill()).bytes();
    IntStream.range(0, 16)
        .parallel()
        .forEach(i -> assertArrayEquals(alone, assembler.assemble(TestModules.fill()).bytes()));
  }

  @Test
  void wrongPtx_isRejected_withItsLine() {
    PtxModule good = TestModules.fill();
    PtxModule bad = TestModules.module("fill", good.text().replace("mov.u32 %r2", "mov.u99 %r2"));
    JitException e = assertThrows(JitException.class, () -> assembler.assemble(bad));
    assertEquals("DG-JIT-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("mov.u99 %r2, %tid.x;"), e.getMessage());
  }

  @Test
  void newerIsaAndNewerTarget_areRefused_beforeItIsAsked() {
    PtxModule good = TestModules.fill();
    assertEquals(Optional.empty(), assembler.refusal(good));
    PtxModule isa = TestModules.module("fill", good.text().replace(".version 8.0", ".version 8.6"));
    assertTrue(assembler.refusal(isa).orElse("").contains("8.6"));
    PtxModule target = PtxModule.builder("fill", "sm_100a").text(good.text()).threads(64).build();
    assertTrue(assembler.refusal(target).orElse("").contains("sm_100a"));
  }
}
