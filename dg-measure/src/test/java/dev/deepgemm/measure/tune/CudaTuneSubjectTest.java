package dev.deepgemm.measure.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.bench.BenchCase;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchShape;
import dev.deepgemm.measure.bench.Ceilings;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.testkit.doubles.FailingDriver;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Candidates of kinds for which nothing is tuned yet, on a simulated device that computes nothing. */
class CudaTuneSubjectTest {
  @TempDir Path cache;

  private CudaMachine machine() {
    Gpu gpu = Gpu.open(new FailingDriver().simulated(), OptionalInt.empty());
    return CudaMachine.of(
        Options.defaults()
            .with(Options.JIT_CACHE_DIR, cache.toString())
            .with(Options.JIT_ASSEMBLER, "linker"),
        gpu);
  }

  private static BenchCase product(String word) {
    BenchKind kind =
        BenchKind.all().stream().filter(one -> one.word().equals(word)).findFirst().orElseThrow();
    return new BenchCase(kind, new BenchShape(200, 2112, 768));
  }

  private static TuneProblem problem(CudaMachine gpu, BenchCase product) {
    return new TuneProblem.Choice(5, 1, 0).of(gpu.arch(), gpu.sms(), product, Options.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp8-1d1d", "bf16-nn", "bf16-tt-acc", "bf16-tn-fp32-acc", "fp8-acc"})
  void candidates_ofEveryKind_areOfThatKind_withDifferentTiles(String word) {
    try (CudaMachine gpu = machine()) {
      BenchCase product = product(word);
      List<GemmConfig> candidates = problem(gpu, product).candidates();
      assertEquals(7, candidates.size());
      for (GemmConfig config : candidates) {
        assertEquals(product.kind().signature(), config.kernel().signature());
      }
      assertTrue(
          candidates.stream().map(one -> one.kernel().tile()).collect(Collectors.toSet()).size()
              > 1);
    }
  }

  /** What is compared is D after one launch on C: here, C itself. */
  @Test
  void trial_ofAnAccumulatedProduct_beginsWithC_everyTime() {
    try (CudaMachine gpu = machine();
        KernelPreparation kernels = new KernelPreparation(gpu::compile, gpu::prepare, 1)) {
      TuneProblem problem = problem(gpu, product("fp8-1d1d"));
      try (CudaTuneSubject subject =
          new CudaTuneSubject(gpu, kernels, problem, 0, Ceilings.of(3e12))) {
        List<GemmConfig> two = problem.candidates().subList(0, 2);
        assertEquals(Map.of(), subject.load(two));
        try (TuneSubject.Trial trial = subject.open(two.get(0))) {
          assertEquals(3, trial.time(3).length);
          subject.keepAsReference();
          assertEquals(0, trial.difference());
        }
        assertTrue(subject.alive());
        // Being alive was seen by poisoning D; the next trial has C in it again.
        try (TuneSubject.Trial trial = subject.open(two.get(1))) {
          assertEquals(0, trial.difference());
        }
      }
    }
  }
}
