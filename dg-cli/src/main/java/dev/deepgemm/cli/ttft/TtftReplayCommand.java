package dev.deepgemm.cli.ttft;

import dev.deepgemm.api.Options;
import dev.deepgemm.jit.DeepGemm;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.JsonText;
import dev.deepgemm.measure.ttft.TtftCall;
import dev.deepgemm.measure.ttft.TtftJson;
import dev.deepgemm.measure.ttft.TtftReplay;
import dev.deepgemm.measure.ttft.TtftRun;
import dev.deepgemm.workloads.Projection;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * One replay in this process, which {@link TtftCommand} starts afresh for each: what a process has loaded,
 * classes and kernels, it cannot forget. Settings come from the environment, as a user's would.
 */
@Command(
    name = "ttft-replay",
    hidden = true,
    description = "One replay of dg bench ttft, in the environment as it is.")
public final class TtftReplayCommand implements Runnable {
  @Mixin TtftOptions trace = new TtftOptions();

  @Option(names = "--state", required = true, description = "cold, warm or pack; for the record.")
  TtftRun.Cache state = TtftRun.Cache.COLD;

  @Option(names = "--out", required = true, description = "Where the run goes, as JSON.")
  Path out = Path.of("run.json");

  @Override
  public void run() {
    Options options = Options.fromEnvironment();
    InputException.throwIfAny(trace.problems());
    List<Projection> products = trace.products();
    int[] counts = trace.counts(products.size());
    try (Gpu gpu = Gpu.open();
        DeepGemm gemm = DeepGemm.builder().options(options).gpu(gpu).build();
        TtftReplay replay = new TtftReplay(gemm, gpu, products, trace.maxTokens)) {
      List<TtftCall> calls = replay.run(counts, trace.calls);
      List<TtftCall> again = replay.run(counts, trace.calls);
      String minimize = options.get(Options.MINIMIZE_NUM_SMS) ? "1" : "0";
      TtftRun run = new TtftRun(minimize, state, calls, again);
      AtomicFile.write(out, JsonText.of(TtftJson.of(run)).getBytes(StandardCharsets.UTF_8));
    }
  }
}
