package dev.deepgemm.measure.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.testkit.doubles.FailingDriver;
import dev.deepgemm.testkit.doubles.FailingDriver.Fault;
import dev.deepgemm.testkit.doubles.FailingDriver.Operation;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A product's memory and checks, on a simulated device, whose launches compute nothing. */
class CudaSubjectTest {
  private static final BenchCase ONE = new BenchCase(BenchKind.FP8, new BenchShape(64, 256, 512));

  @TempDir Path cache;

  private final FailingDriver driver = new FailingDriver();

  private CudaMachine machine() {
    Gpu gpu = Gpu.open(driver.simulated(), OptionalInt.empty());
    return CudaMachine.of(
        Options.defaults()
            .with(Options.JIT_CACHE_DIR, cache.toString())
            .with(Options.JIT_ASSEMBLER, "linker"),
        gpu);
  }

  private int allocations() {
    int count = driver.count(Operation.ALLOCATE);
    driver.failAt(Operation.ALLOCATE, Integer.MAX_VALUE, Fault.OUT_OF_MEMORY);
    return count;
  }

  @Test
  void trials_shareTheInputs_andHaveOutputsOfTheirOwn() {
    try (CudaMachine gpu = machine()) {
      allocations();
      try (CudaSubject subject = new CudaSubject(gpu, ONE, 0, 20)) {
        int sets = subject.sets();
        assertTrue(sets > 1, "sets " + sets);
        assertEquals(4 * sets, allocations(), "A, B and their scales in each set");
        GemmConfig config = subject.config(Heuristics.CLASSIC);
        Set<Long> inputs = new HashSet<>();
        for (boolean constantWeights : new boolean[] {false, true}) {
          CudaTrial trial = subject.open(config, constantWeights);
          assertEquals(sets, allocations(), "an output for each set");
          trial.operands().forEach(operands -> inputs.add(operands.a().address()));
          assertEquals(sets, inputs.size());
          assertTrue(trial.operands().stream().allMatch(one -> one.constantB() == constantWeights));
          assertTrue(
              trial.problems().get(0).contains("elements of D were never written"),
              () -> "" + trial.problems());
          assertEquals(5, trial.time(5).length);
        }
        int freed = driver.count(Operation.FREE);
        subject.close();
        assertEquals(6 * sets, driver.count(Operation.FREE) - freed);
      }
    }
  }

  /** The simulated device computes nothing: D still is C, which is not what it should be. */
  @Test
  void trials_ofAnAccumulatedProduct_startFromC_andAreComparedOnce() {
    BenchKind kind = BenchKind.FP8_1D1D;
    try (CudaMachine gpu = machine();
        CudaSubject subject =
            new CudaSubject(gpu, new BenchCase(kind, new BenchShape(64, 256, 512)), 0, 20)) {
      CudaTrial trial = subject.open(subject.config(Heuristics.CLASSIC), false);
      assertEquals(5, trial.time(5).length);
      assertEquals(List.of("the result is out of tolerance"), trial.problems());
      assertTrue(trial.error().relative() > 0.1, trial.error()::toString);
      HostMatrix d = HostMatrix.padded(DataType.FP32, 64, 256);
      GemmData data = GemmData.random(subject.config(Heuristics.CLASSIC).desc(), 0);
      gpu.download(trial.operands().get(1).d().address(), d);
      assertTrue(d.sameElements(Objects.requireNonNull(data.c())));
    }
  }

  @Test
  void policies_chooseOnOneMachine_whateverItsOwnIs() {
    try (CudaMachine gpu = machine();
        CudaSubject subject = new CudaSubject(gpu, ONE, 0, 0)) {
      GemmConfig tuned = subject.config(Heuristics.TUNED);
      assertEquals(gpu.configure(ONE.desc()), tuned);
      assertNotEquals(tuned.kernel(), subject.config(Heuristics.CLASSIC).kernel());
    }
  }
}
