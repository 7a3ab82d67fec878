package dev.deepgemm.cli.sweep;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.console.KernelText;
import dev.deepgemm.cli.console.TerminalProgress;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.cli.distribution.Provenance;
import dev.deepgemm.cli.options.DeviceChoice;
import dev.deepgemm.cli.options.KindOptions;
import dev.deepgemm.driver.DeviceInfo;
import dev.deepgemm.emulator.AccumulationModel;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.measure.JsonText;
import dev.deepgemm.measure.Progress;
import dev.deepgemm.measure.agree.AgreeRunner;
import dev.deepgemm.measure.agree.UlpStatistics;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.machine.CudaMachine;
import dev.deepgemm.measure.machine.EmulatorMachine;
import dev.deepgemm.measure.machine.Machine;
import dev.deepgemm.measure.sweep.SweepCase;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.AtomicFile;
import dev.deepgemm.workloads.files.InputException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg agree}: does the emulator compute what the hardware computes? */
@Command(
    name = "agree",
    mixinStandardHelpOptions = true,
    description = {
      "Run the same PTX on the same inputs on the GPU and on the emulator, and compare the outputs.",
      "Says for every kind how many elements are equal, and how far the others are, in ulp."
    })
public final class AgreeCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Option(names = "--arch", paramLabel = "ARCH", description = "Architecture (default sm90).")
  String arch = "sm90";

  @Mixin KindOptions types = new KindOptions("fp8", "bf16", "bf16-fp32");

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Configurations of each type, spread evenly over all legal ones (default 24).")
  int limit = 24;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "cuda (default), or emulator, which only shows that the command works.")
  DeviceChoice device = DeviceChoice.cuda;

  @Option(names = "--seed", paramLabel = "SEED", description = "Seed of the inputs (default 0).")
  long seed;

  @Option(names = "--json", paramLabel = "FILE", description = "Write everything as JSON.")
  @Nullable Path json;

  private final List<AgreeRunner.Outcome> outcomes = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    List<Problem> problems = new ArrayList<>();
    if (limit < 1) {
      problems.add(Problem.of("DG-CLI-17", "--limit is %d; legal: 1 or more", limit));
    }
    InputException.throwIfAny(problems);
    Options options = Options.fromEnvironment();
    ArchSpec architecture = ArchSpecs.load().get(arch);
    List<SweepCase> cases = new ArrayList<>();
    for (BenchKind kind : types.kinds(architecture)) {
      cases.addAll(AgreeRunner.cases(architecture, kind, limit, options));
    }
    try (Machine machine =
        device == DeviceChoice.emulator
            ? EmulatorMachine.of(architecture, options)
            : CudaMachine.of(options, Gpu.open())) {
      PrintWriter out = Console.out(spec);
      out.println("device   " + machine.description());
      out.flush();
      try (Progress.Count count =
          new TerminalProgress(Console.err(spec)).count("emulating", cases.size())) {
        new AgreeRunner(machine, architecture, options, seed)
            .run(
                cases,
                outcome -> {
                  outcomes.add(outcome);
                  count.step();
                });
      }
      print(out);
      if (json != null) {
        AtomicFile.write(json, json(machine).getBytes(StandardCharsets.UTF_8));
      }
    }
    return outcomes.stream().allMatch(outcome -> outcome.problems().isEmpty())
        ? 0
        : ExitCode.FAILURE;
  }

  /** All launches of one kind under one model; of the errors the largest. */
  private record Row(
      int launches, UlpStatistics distance, double deviceError, double emulatorError) {
    Row plus(Row other) {
      return new Row(
          launches + other.launches,
          distance.plus(other.distance),
          Math.max(deviceError, other.deviceError),
          Math.max(emulatorError, other.emulatorError));
    }
  }

  private void print(PrintWriter out) {
    Map<String, Row> rows = new TreeMap<>();
    for (AgreeRunner.Outcome outcome : outcomes) {
      outcome
          .models()
          .forEach(
              (model, emulated) ->
                  rows.merge(
                      kind(outcome) + ", model " + model,
                      new Row(
                          1,
                          emulated.distance(),
                          outcome.deviceError().relative(),
                          emulated.error().relative()),
                      Row::plus));
    }
    TextTable table =
        new TextTable(
            "kind",
            "launches",
            "elements",
            "equal",
            "<= 1 ulp",
            "<= 2 ulp",
            "mean ulp",
            "most ulp",
            "relative difference",
            "device's error",
            "emulator's error");
    rows.forEach(
        (name, row) ->
            table.row(
                name,
                row.launches,
                row.distance.elements(),
                percent(row.distance.equal(), row.distance),
                percent(row.distance.within1(), row.distance),
                percent(row.distance.within2(), row.distance),
                number("%.3f", row.distance.mean()),
                row.distance.most(),
                number("%.2e", row.distance.relative()),
                number("%.3e", row.deviceError),
                number("%.3e", row.emulatorError)));
    table.print(out, "");
    outcomes.forEach(
        outcome ->
            outcome
                .problems()
                .forEach(problem -> out.println("WRONG    " + outcome.launch() + ": " + problem)));
    out.flush();
  }

  private static String percent(long part, UlpStatistics of) {
    return number("%.3f %%", 100.0 * part / of.elements());
  }

  private static String kind(AgreeRunner.Outcome outcome) {
    return KernelText.describe(outcome.launch().config().desc().signature());
  }

  private String json(Machine machine) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("measurement", "agreement").put("device", machine.name());
    if (machine instanceof CudaMachine gpu) {
      DeviceInfo info = gpu.info();
      root.put("driver", info.driverVersion()).put("cuda", info.cudaVersion());
    }
    root.put("commit", Provenance.commit().orElse("unknown")).put("seed", seed);
    ArrayNode all = root.putArray("launches");
    for (AgreeRunner.Outcome outcome : outcomes) {
      ObjectNode node = all.addObject();
      node.put("kernel", outcome.launch().config().kernel().id());
      node.put("m", outcome.launch().config().desc().m());
      node.put("n", outcome.launch().config().desc().n());
      node.put("k", outcome.launch().config().desc().k());
      error(node, "device", outcome.deviceError());
      ObjectNode models = node.putObject("models");
      for (Map.Entry<AccumulationModel, AgreeRunner.Emulated> entry : outcome.models().entrySet()) {
        ObjectNode model = models.putObject(entry.getKey().name().toLowerCase(Locale.ROOT));
        entry.getValue().distance().json(model);
        error(model, "emulator", entry.getValue().error());
      }
      outcome.problems().forEach(node.putArray("problems")::add);
    }
    return JsonText.of(root);
  }

  private static void error(ObjectNode node, String whose, GemmError error) {
    node.put(whose + "_relative_error", error.relative());
    node.put(whose + "_worst_element_error", error.worst());
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
