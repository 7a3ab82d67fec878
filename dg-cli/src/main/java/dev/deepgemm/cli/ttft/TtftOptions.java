package dev.deepgemm.cli.ttft;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.options.Words;
import dev.deepgemm.workloads.LayerProducts;
import dev.deepgemm.workloads.ModelCatalog;
import dev.deepgemm.workloads.ModelConfig;
import dev.deepgemm.workloads.Projection;
import dev.deepgemm.workloads.Projections;
import dev.deepgemm.workloads.TokenTrace;
import dev.deepgemm.workloads.Weight;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is replayed. */
final class TtftOptions {
  @Option(
      names = "--trace",
      paramLabel = "TRACE",
      description = "prefill, decode or mixed (default): how token counts vary.")
  TokenTrace trace = TokenTrace.MIXED;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "A published model (default deepseek-v3); `dg warmup --models` lists them.")
  String model = "deepseek-v3";

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = Words.AbType.class,
      description = "fp8 or bf16 (default: as the model is published).")
  @Nullable DataType dtype;

  @Option(
      names = "--tp",
      paramLabel = "N",
      description = "Devices that tensor parallelism cuts the model over (default 1).")
  int tp = 1;

  @Option(
      names = "--calls",
      paramLabel = "N",
      description = "Products to launch (default 2000); a pass through the layers takes several.")
  int calls = 2000;

  @Option(names = "--seed", paramLabel = "SEED", description = "Of the trace (default 1).")
  long seed = 1;

  @Option(
      names = "--max-tokens",
      paramLabel = "M",
      description = "Most tokens of a pass (default 8192).")
  int maxTokens = 8192;

  /** What is not legal about the numbers ({@code DG-BENCH-02}). */
  List<Problem> problems() {
    List<Problem> problems = new ArrayList<>();
    positive(problems, "--calls", calls);
    positive(problems, "--max-tokens", maxTokens);
    positive(problems, "--tp", tp);
    return problems;
  }

  /**
   * The products of one pass.
   *
   * @throws InputException if the model is not known or cannot be cut ({@code DG-MODEL-*})
   */
  List<Projection> products() {
    ModelCatalog.Model chosen = ModelCatalog.load().get(model);
    List<Weight> weights =
        ModelConfig.weights(chosen.name(), chosen.config(), dtype == null ? chosen.type() : dtype);
    return LayerProducts.of(Projections.of(weights, ModelConfig.heads(chosen.config()), tp));
  }

  private static void positive(List<Problem> problems, String name, int value) {
    if (value < 1) {
      problems.add(Problem.of("DG-BENCH-02", "%s is %d; legal: 1 or more", name, value));
    }
  }

  /** The token counts of as many passes as the calls need. */
  int[] counts(int productsPerPass) {
    return trace.counts(seed, (calls - 1) / productsPerPass + 1, maxTokens);
  }

  /** The options again, for another process. */
  List<String> arguments() {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--trace=" + trace,
                "--model=" + model,
                "--tp=" + tp,
                "--calls=" + calls,
                "--seed=" + seed,
                "--max-tokens=" + maxTokens));
    if (dtype != null) {
      arguments.add("--dtype=" + (dtype == DataType.BF16 ? "bf16" : "fp8"));
    }
    return arguments;
  }

  /** One line for tables and plots. */
  String title() {
    return model
        + (tp > 1 ? " (tp " + tp + ")" : "")
        + ", "
        + trace
        + " trace, seed "
        + seed
        + ", m up to "
        + maxTokens;
  }
}
