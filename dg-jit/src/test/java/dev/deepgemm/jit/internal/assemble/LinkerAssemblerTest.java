package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.driver.CudaDriver.LinkResult;
import dev.deepgemm.jit.fixtures.FakeAssembler;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.cuda.CudaContext;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class LinkerAssemblerTest {
  private final FakeDriver driver = new FakeDriver();
  private final CudaContext context = CudaContext.open(driver, OptionalInt.empty());
  private final LinkerAssembler assembler =
      new LinkerAssembler(() -> new CudaContext.Search(Optional.of(context), Optional.empty()));

  @Test
  void cubin_comesWithTheLogsNumbers() {
    Cubin cubin = assembler.assemble(TestModules.fill());
    assertArrayEquals(FakeAssembler.elf("fill"), cubin.bytes());
    assertEquals(Optional.of(new ResourceUsage(168, 0, 0, 0, 16)), cubin.usage());
  }

  @Test
  void silentLog_isReplaced_byTheLoadedFunction() {
    driver.linker = result -> new LinkResult(result.cubin(), 0, "", "");
    Cubin cubin = assembler.assemble(TestModules.fill());
    assertEquals(Optional.of(new ResourceUsage(40, 0, 0, 0, 1024)), cubin.usage());
    assertTrue(driver.modules().isEmpty(), "what was loaded to ask is unloaded");
  }

  @Test
  void rejectedPtx_isAProblemPerLine() {
    driver.linker =
        result ->
            new LinkResult(
                new byte[0], 218, "", "ptxas application ptx input, line 2; error : Bad thing");
    JitException e = assertThrows(JitException.class, () -> assembler.assemble(TestModules.fill()));
    assertTrue(e.getMessage().contains("line 2, Bad thing: \".target sm_90a\""), e.getMessage());
  }

  @Test
  void oldDriver_isAnErrorThatNamesTheWayOut() {
    driver.linker = result -> new LinkResult(new byte[0], 222, "", "Unsupported .version 8.0");
    JitException e = assertThrows(JitException.class, () -> assembler.assemble(TestModules.fill()));
    assertEquals("DG-JIT-09", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("DG_JIT_ASSEMBLER"), e.getMessage());
  }

  @Test
  void othersContext_isCurrentAgain_afterwards() {
    driver.setCurrentContext(0xD000);
    assembler.assemble(TestModules.fill());
    assertEquals(0xD000, driver.currentContext());
  }
}
