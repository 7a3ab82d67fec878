package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.cache.CacheKey;
import dev.deepgemm.jit.internal.cuda.CudaContext;
import dev.deepgemm.jit.kernel.Cubin;
import dev.deepgemm.jit.kernel.JitException;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The binding and the assembler over NVIDIA's own compiler, if of an older release than a driver's. */
class DriverAssemblerTest {
  private final DriverAssembler assembler = PtxCompilerStandIn.driver();

  private static PtxModule to(String target) {
    return PtxModule.builder("fill", target).text(TestModules.fill().text()).threads(64).build();
  }

  @Test
  void module_isAssembled_andItsResourcesAreRead() {
    Cubin cubin = assembler.assemble(TestModules.fill());
    assertEquals(0x7F, cubin.bytes()[0]);
    ResourceUsage usage = cubin.usage().orElseThrow();
    assertTrue(usage.registers() >= 6 && usage.registers() <= 32, usage.toString());
    assertEquals(List.of(), cubin.losses());
  }

  @Test
  void code_isThatOfTheSameCompiler_calledByJCuda() {
    EmbeddedAssembler embedded = new EmbeddedAssembler();
    assertArrayEquals(
        embedded.assemble(TestModules.fill()).bytes(),
        assembler.assemble(TestModules.fill()).bytes());
  }

  @Test
  void version_isTheDrivers_andTheCompilers() {
    assertEquals("999.01 (PTX compiler 12.0)", assembler.version());
  }

  @Test
  void key_isAnotherThanTheLinkers_ofTheSameDriver() {
    CudaContext.Search found =
        new CudaContext.Search(
            Optional.of(CudaContext.open(new FakeDriver(), java.util.OptionalInt.empty())),
            Optional.empty());
    assertNotEquals(
        CacheKey.of(TestModules.fill(), assembler),
        CacheKey.of(TestModules.fill(), new LinkerAssembler(() -> found)));
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
    PtxModule bad =
        TestModules.module("fill", TestModules.fill().text().replace("mov.u32 %r2", "mov.u99 %r2"));
    JitException e = assertThrows(JitException.class, () -> assembler.assemble(bad));
    assertEquals("DG-JIT-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("mov.u99 %r2, %tid.x;"), e.getMessage());
  }

  @Test
  void newerPtx_isAnErrorThatNamesTheWayOut() {
    PtxModule newer =
        TestModules.module(
            "fill", TestModules.fill().text().replace(".version 8.0", ".version 9.9"));
    JitException e = assertThrows(JitException.class, () -> assembler.assemble(newer));
    assertEquals("DG-JIT-09", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("DG_JIT_ASSEMBLER"), e.getMessage());
  }

  @Test
  void targets_thatItMayNotKnow_areRefused_beforeItIsAsked() {
    assertEquals(Optional.empty(), assembler.refusal(to("sm_90a")));
    for (String target : List.of("sm_100a", "sm_999a", "compute_90", "")) {
      assertTrue(assembler.refusal(to(target)).orElse("").contains("12.0"), target);
    }
  }

  @Test
  void textThatIsNoPtx_isRefused_beforeItIsAsked() {
    PtxModule none = TestModules.named("nothing");
    assertTrue(assembler.refusal(none).orElse("").contains("no .version"));
    assertTrue(new EmbeddedAssembler().refusal(none).orElse("").contains("no .version"));
  }

  @Test
  void libraryWithoutTheInterface_isUnavailable_andNamesWhatIsMissing() {
    DriverAssembler other =
        new DriverAssembler(() -> PtxCompiler.open("libc.so.6"), () -> "999.01", false);
    assertTrue(other.unavailable().orElse("").contains("nvPTXCompilerGetVersion"));
    JitException e = assertThrows(JitException.class, other::version);
    assertEquals("DG-JIT-02", e.problems().get(0).id());
  }

  @Test
  void libraryThatIsNotThere_isUnavailable() {
    DriverAssembler none =
        new DriverAssembler(() -> PtxCompiler.open("libnone.so.1"), () -> "999.01", false);
    assertTrue(none.unavailable().orElse("").contains("libnone.so.1"), none.unavailable().get());
  }

  @Test
  void lineInfo_isAnotherOption_soAnotherKey() {
    DriverAssembler withLines =
        new DriverAssembler(
            () -> PtxCompiler.open(PtxCompilerStandIn.file().toString()), () -> "999.01", true);
    assertTrue(withLines.options("sm_90a").contains("--generate-line-info"));
    assertEquals(0x7F, withLines.assemble(TestModules.fill()).bytes()[0]);
  }
}
