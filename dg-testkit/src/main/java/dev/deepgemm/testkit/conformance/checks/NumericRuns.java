package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.PtxModule;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmOutput;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.testkit.conformance.run.KernelRunner;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs cases, each once: several rules look at the same run. */
final class NumericRuns {
  private final Subject subject;
  private final KernelProvider provider;
  private final KernelRunner runner;
  private final Map<NumericCase, Run> runs = new LinkedHashMap<>();

  NumericRuns(Subject subject, KernelProvider provider, KernelRunner runner) {
    this.subject = subject;
    this.provider = provider;
    this.runner = runner;
  }

  /**
   * A run that is over.
   *
   * @param config what ran
   * @param data inputs
   * @param guarded D with its surroundings
   * @param fault what went wrong; null if nothing did
   */
  record Run(GemmConfig config, GemmData data, HostMatrix guarded, @Nullable String fault) {
    HostMatrix d() {
      return GemmOutput.unguarded(guarded);
    }
  }

  Run run(NumericCase test) {
    return runs.computeIfAbsent(test, this::execute);
  }

  Map<NumericCase, Run> all() {
    return runs;
  }

  private Run execute(NumericCase test) {
    GemmDesc desc = test.desc();
    GemmConfig first = subject.select(desc, true);
    GemmConfig selected =
        test.variant() == 0
            ? first
            : subject.variant(provider, first, test.variant()).orElse(first);
    GemmConfig config =
        test.grid() == 0
            ? selected
            : new GemmConfig(
                selected.desc(),
                selected.kernel(),
                test.grid(),
                selected.numLastStages(),
                selected.smem());
    PtxModule module = subject.module(provider, config.kernel());
    GemmData data = CaseData.of(test);
    HostMatrix d = GemmOutput.before(data);
    String fault = null;
    try {
      KernelRunner.Job job =
          new KernelRunner.Job(
              subject.arch(), config, module, operands -> provider.plan(config, operands));
      runner.run(job, data, d);
    } catch (RuntimeException e) {
      fault = String.valueOf(e.getMessage());
    }
    return new Run(config, data, d, fault);
  }
}
