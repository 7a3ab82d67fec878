package dev.deepgemm.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.ComputeCapability;
import dev.deepgemm.api.OptionException;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.PtxModule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class AssemblersTest {
  private static final Options NO_PATH = Options.of(Map.of(), Map.of("PATH", ""));
  private static final Gpu.Search NONE =
      new Gpu.Search(
          Optional.empty(), Optional.of(CudaErrors.noDevice("none here").problems().get(0)));

  private final FakeDriver driver = new FakeDriver();

  private Gpu.Search gpu() {
    return new Gpu.Search(Optional.of(Gpu.open(driver, OptionalInt.empty())), Optional.empty());
  }

  @Test
  void driver_comesFirst_whereThereIsAGpu() {
    assertEquals("driver", Assemblers.of(NO_PATH, this::gpu).choose(TestModules.fill()).id());
  }

  @Test
  void driver_isPassedOver_forAnotherDevicesTarget() {
    driver.computeCapability = new ComputeCapability(10, 0);
    Assemblers assemblers = Assemblers.of(NO_PATH, this::gpu);
    assertEquals("embedded", assemblers.choose(TestModules.fill()).id());
  }

  @Test
  void driver_takesPlainTargets_ofOlderDevices_andOwnOnesOfItsOwn() {
    DriverAssembler assembler = new DriverAssembler(this::gpu);
    for (String target : List.of("sm_80", "sm_89", "sm_90", "sm_90a")) {
      assertEquals(Optional.empty(), assembler.refusal(module(target)), target);
    }
    for (String target : List.of("sm_100", "sm_100a", "sm_80a", "compute_90")) {
      assertTrue(assembler.refusal(module(target)).isPresent(), target);
    }
  }

  private static PtxModule module(String target) {
    return new PtxModule("", "e", target, 1, 1, List.of());
  }

  @Test
  void embedded_isLast_whereNothingElseIs() {
    Assemblers assemblers = Assemblers.of(NO_PATH, () -> NONE);
    assertEquals("embedded", assemblers.choose(TestModules.fill()).id());
  }

  @Test
  void forcedAssembler_isTaken_beforeBetterOnes() {
    Options forced = NO_PATH.with(Options.JIT_ASSEMBLER, "embedded");
    assertEquals("embedded", Assemblers.of(forced, this::gpu).choose(TestModules.fill()).id());
  }

  @Test
  void forcedAssembler_thatCannot_isAnErrorThatSaysWhy() {
    Options driverForced = NO_PATH.with(Options.JIT_ASSEMBLER, "driver");
    JitException e =
        assertThrows(
            JitException.class,
            () -> Assemblers.of(driverForced, () -> NONE).choose(TestModules.fill()));
    assertEquals("DG-JIT-02", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("none here"), e.getMessage());

    Options ptxasForced = NO_PATH.with(Options.JIT_ASSEMBLER, "ptxas");
    e =
        assertThrows(
            JitException.class,
            () -> Assemblers.of(ptxasForced, () -> NONE).choose(TestModules.fill()));
    assertTrue(e.getMessage().contains("no ptxas on the PATH"), e.getMessage());
  }

  @Test
  void wrongName_isAnErrorOfTheOption() {
    Options wrong = NO_PATH.with(Options.JIT_ASSEMBLER, "nasm");
    assertThrows(OptionException.class, () -> Assemblers.of(wrong, () -> NONE));
  }

  @Test
  void nothingThatCan_isAnErrorWithEveryReason() {
    PtxModule newer = module("sm_999a");
    JitException e =
        assertThrows(JitException.class, () -> Assemblers.of(NO_PATH, () -> NONE).choose(newer));
    assertEquals("DG-JIT-03", e.problems().get(0).id());
    for (String part :
        List.of("driver: no GPU", "nvjitlink: ", "ptxas: no ptxas", "embedded: it knows")) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @Test
  void status_hasVersionOrReason() {
    List<AssemblerStatus> status = Assemblers.of(NO_PATH, this::gpu).status();
    assertEquals(new AssemblerStatus("driver", true, "999.01 (CUDA 13.0)"), status.get(0));
    assertEquals("nvjitlink", status.get(1).id());
    assertEquals(new AssemblerStatus("ptxas", false, "no ptxas on the PATH"), status.get(2));
    assertEquals("embedded", status.get(3).id());
  }
}
