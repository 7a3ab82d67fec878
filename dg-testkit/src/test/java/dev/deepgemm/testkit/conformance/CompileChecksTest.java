package dev.deepgemm.testkit.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.testkit.conformance.run.KernelAssembler;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.Rule;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompileChecksTest {
  private static final KernelAssembler.Assembly GOOD =
      new KernelAssembler.Assembly(true, "", 72, 0, 0, 0);

  private record Answering(Assembly assembly, Optional<String> unavailable)
      implements KernelAssembler {
    @Override
    public String description() {
      return "made up";
    }

    @Override
    public Optional<String> unavailable(String target) {
      return unavailable;
    }

    @Override
    public Assembly assemble(PtxModule module) {
      return assembly;
    }
  }

  private static Outcome outcome(Rule rule, KernelAssembler assembler, int most) {
    Conformance conformance =
        Conformance.of(Sm90Spec::new)
            .capabilities(Capabilities.only(Capability.KERNELS, Capability.BF16_TO_FP32))
            .assembler(assembler)
            .assembleAtMost(most)
            .build();
    return conformance.steps().stream()
        .filter(step -> step.rule() == rule)
        .map(conformance::check)
        .findFirst()
        .orElseThrow()
        .outcome();
  }

  private static KernelAssembler answering(int registers, int spills, int stack, int smem) {
    KernelAssembler.Assembly answer =
        new KernelAssembler.Assembly(true, "", registers, spills, stack, smem);
    return new Answering(answer, Optional.empty());
  }

  @Test
  void goodCode_passes() {
    KernelAssembler good = new Answering(GOOD, Optional.empty());
    for (Rule rule : new Rule[] {Rule.C_01, Rule.C_02, Rule.C_03, Rule.C_04}) {
      assertEquals(Outcome.PASSED, outcome(rule, good, Integer.MAX_VALUE), rule.id());
    }
  }

  @Test
  void registersTimesThreads_mustFitTheRegisterFile() {
    // 384 threads: 65,536 / 384 = 170.7, and registers come in eights.
    assertEquals(Outcome.FAILED, outcome(Rule.C_03, answering(169, 0, 0, 0), Integer.MAX_VALUE));
  }

  @Test
  void spillsAndStack_fail() {
    assertEquals(Outcome.FAILED, outcome(Rule.C_02, answering(72, 4, 0, 0), Integer.MAX_VALUE));
    assertEquals(Outcome.FAILED, outcome(Rule.C_02, answering(72, 0, 8, 0), Integer.MAX_VALUE));
  }

  @Test
  void staticSharedMemory_fails() {
    assertEquals(Outcome.FAILED, outcome(Rule.C_04, answering(72, 0, 0, 16), Integer.MAX_VALUE));
  }

  @Test
  void missingAssembler_isSkippedAndNotPassed() {
    KernelAssembler none = new Answering(GOOD, Optional.of("there is none"));
    assertEquals(Outcome.SKIPPED, outcome(Rule.C_01, none, Integer.MAX_VALUE));
  }

  @Test
  void someOfTheKernels_isSkippedAndNotPassed() {
    KernelAssembler good = new Answering(GOOD, Optional.empty());
    assertEquals(Outcome.SKIPPED, outcome(Rule.C_01, good, 3));
  }
}
