package dev.deepgemm.jit.internal.assemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Problem;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.jit.fixtures.TestModules;
import dev.deepgemm.jit.kernel.ResourceUsage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AssemblerLogTest {
  private static final String VERBOSE =
      """
      ptxas info    : 0 bytes gmem
      ptxas info    : Compiling entry function 'fill' for 'sm_90a'
      ptxas info    : Function properties for fill
          24 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
      ptxas info    : Used 168 registers, used 16 barriers, 64 bytes smem
      """;

  @Test
  void verboseLog_givesEveryNumber() {
    assertEquals(Optional.of(new ResourceUsage(168, 8, 12, 24, 64)), AssemblerLog.usage(VERBOSE));
  }

  @Test
  void logWithoutSharedMemory_meansNone() {
    String log = VERBOSE.replace(", 64 bytes smem", "");
    assertEquals(0, AssemblerLog.usage(log).orElseThrow().staticSmem());
  }

  @Test
  void losses_areRead_eachOnce() {
    String loss =
        "ptxas info    : (C7504) Potential Performance Loss: 'setmaxnreg' ignored to maintain"
            + " compatibility across compilation units.\n";
    assertEquals(
        List.of(
            "C7504: 'setmaxnreg' ignored to maintain compatibility across compilation units",
            "C7510: something else"),
        AssemblerLog.losses(
            loss + VERBOSE + loss + "info : (C7510) Potential Performance Loss: something else "));
    assertEquals(List.of(), AssemblerLog.losses(VERBOSE));
  }

  @Test
  void otherLog_givesNothing_ratherThanZeros() {
    assertTrue(AssemblerLog.usage("").isEmpty());
    assertTrue(AssemblerLog.usage("Used 3 registers").isEmpty());
  }

  @Test
  void everyError_isAProblem_withBothLines() {
    PtxModule module =
        PtxModule.builder("e", "sm_90a")
            .text("first\n  second;\nthird")
            .threads(1)
            .origins(List.of("", "Kernel.java:12", ""))
            .build();
    String log =
        """
        ptxas application ptx input, line 2; error   : Unknown modifier '.u99'
        ptxas x.ptx, line 3; fatal   : Not a name
        ptxas fatal   : Ptx assembly aborted due to errors
        """;
    List<Problem> problems = AssemblerLog.rejected("ptxas 1", module, log).problems();
    assertEquals(2, problems.size());
    assertEquals(
        "DG-JIT-01: ptxas 1 does not take the PTX of e: line 2, Unknown modifier '.u99': \"second;\","
            + " emitted by Kernel.java:12",
        problems.get(0).toString());
    assertTrue(problems.get(1).message().contains("line 3, Not a name: \"third\""));
  }

  @Test
  void errorWithoutALine_isShownWhole() {
    PtxModule module = TestModules.fill();
    Problem problem =
        AssemblerLog.rejected("ptxas 1", module, "ptxas fatal : no\n").problems().get(0);
    assertTrue(problem.message().endsWith("ptxas fatal : no"), problem.message());
    assertTrue(problem.message().contains("sm_90a"));
  }
}
