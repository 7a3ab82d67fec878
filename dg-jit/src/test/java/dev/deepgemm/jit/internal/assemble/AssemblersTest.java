package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.driver.DriverErrors;
import dev.deepgemm.jit.fixtures.FakeDriver;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.internal.cuda.CudaContext;
import dev.deepgemm.jit.kernel.AssemblerStatus;
import dev.deepgemm.jit.kernel.JitException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class AssemblersTest {
  private static final Options NO_PATH = Options.of(Map.of(), Map.of("PATH", ""));
  private static final CudaContext.Search NONE =
      new CudaContext.Search(
          Optional.empty(), Optional.of(DriverErrors.noDevice("none here").problems().get(0)));

  private final FakeDriver driver = new FakeDriver();

  private CudaContext.Search gpu() {
    return new CudaContext.Search(
        Optional.of(CudaContext.open(driver, OptionalInt.empty())), Optional.empty());
  }

  private static DriverAssembler noCompiler() {
    return new DriverAssembler(
        () -> {
          throw new UnsatisfiedLinkError("no such library");
        },
        () -> "",
        false);
  }

  private static Assemblers of(Options options, Supplier<CudaContext.Search> search) {
    return Assemblers.of(options, noCompiler(), search);
  }

  @Test
  void driver_comesFirst_whereItsCompilerIs_withoutAGpu() {
    DriverAssembler driver = PtxCompilerStandIn.driver();
    Assemblers assemblers =
        Assemblers.of(
            NO_PATH,
            driver,
            () -> {
              throw new AssertionError("no device is needed");
            });
    assertSame(driver, assemblers.choose(TestModules.fill()));
  }

  @Test
  void order_isThatOfTheCodesQuality() {
    assertEquals(
        List.of("driver", "ptxas", "embedded", "nvjitlink", "linker"),
        of(NO_PATH, this::gpu).candidates().stream().map(Assembler::id).toList());
  }

  @Test
  void linker_isTheLastResort_forTargetsThatNoneElseKnows() {
    driver.computeCapability = new ComputeCapability(15, 0);
    assertEquals("linker", of(NO_PATH, this::gpu).choose(module("sm_150a")).id());
  }

  @Test
  void linker_takesPlainTargets_ofOlderDevices_andOwnOnesOfItsOwn() {
    LinkerAssembler assembler = new LinkerAssembler(this::gpu);
    for (String target : List.of("sm_80", "sm_89", "sm_90", "sm_90a")) {
      assertEquals(Optional.empty(), assembler.refusal(module(target)), target);
    }
    for (String target : List.of("sm_100", "sm_100a", "sm_80a", "compute_90")) {
      assertTrue(assembler.refusal(module(target)).isPresent(), target);
    }
  }

  private static PtxModule module(String target) {
    return PtxModule.builder("e", target).text(".version 8.0").threads(1).build();
  }

  @Test
  void embedded_isTaken_whereNothingBetterIs_evenIfThereIsAGpu() {
    Assemblers assemblers = of(NO_PATH, this::gpu);
    assertEquals("embedded", assemblers.choose(TestModules.fill()).id());
  }

  @Test
  void forcedAssembler_isTaken_beforeBetterOnes() {
    Options forced = NO_PATH.with(Options.JIT_ASSEMBLER, "embedded");
    assertEquals("embedded", of(forced, this::gpu).choose(TestModules.fill()).id());
  }

  @Test
  void forcedAssembler_thatCannot_isAnErrorThatSaysWhy() {
    Options driverForced = NO_PATH.with(Options.JIT_ASSEMBLER, "driver");
    JitException e =
        assertThrows(
            JitException.class, () -> of(driverForced, () -> NONE).choose(TestModules.fill()));
    assertEquals("DG-JIT-02", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("no such library"), e.getMessage());

    Options linkerForced = NO_PATH.with(Options.JIT_ASSEMBLER, "linker");
    e =
        assertThrows(
            JitException.class, () -> of(linkerForced, () -> NONE).choose(TestModules.fill()));
    assertTrue(e.getMessage().contains("none here"), e.getMessage());

    Options ptxasForced = NO_PATH.with(Options.JIT_ASSEMBLER, "ptxas");
    e =
        assertThrows(
            JitException.class, () -> of(ptxasForced, () -> NONE).choose(TestModules.fill()));
    assertTrue(e.getMessage().contains("no ptxas on the PATH"), e.getMessage());
  }

  @Test
  void wrongName_isAnErrorOfTheOption() {
    Options wrong = NO_PATH.with(Options.JIT_ASSEMBLER, "nasm");
    assertThrows(OptionException.class, () -> of(wrong, () -> NONE));
  }

  @Test
  void nothingThatCan_isAnErrorWithEveryReason() {
    PtxModule newer = module("sm_999a");
    JitException e = assertThrows(JitException.class, () -> of(NO_PATH, () -> NONE).choose(newer));
    assertEquals("DG-JIT-03", e.problems().get(0).id());
    for (String part :
        List.of(
            "driver: the driver's PTX compiler cannot be loaded (no such library)",
            "ptxas: no ptxas",
            "embedded: it knows",
            "nvjitlink: ",
            "linker: no GPU")) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @Test
  void status_hasVersionOrReason() {
    List<AssemblerStatus> status = of(NO_PATH, this::gpu).status();
    assertEquals("driver", status.get(0).id());
    assertFalse(status.get(0).available());
    assertEquals(new AssemblerStatus("ptxas", false, "no ptxas on the PATH"), status.get(1));
    assertEquals("embedded", status.get(2).id());
    assertEquals("nvjitlink", status.get(3).id());
    assertEquals(new AssemblerStatus("linker", true, "999.01 (CUDA 13.0)"), status.get(4));
  }
}
