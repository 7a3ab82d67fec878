package dev.deepgemm.cli.conformance;

import dev.deepgemm.api.Options;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.jit.KernelCompiler;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.testkit.conformance.Conformance;
import dev.deepgemm.testkit.conformance.ConformanceReport;
import dev.deepgemm.testkit.conformance.run.KernelAssembler;
import dev.deepgemm.testkit.conformance.spec.Capabilities;
import dev.deepgemm.testkit.conformance.spec.Capability;
import dev.deepgemm.testkit.conformance.spec.Outcome;
import dev.deepgemm.testkit.conformance.spec.Tier;
import dev.deepgemm.workloads.files.AtomicFile;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg conformance}: checks an architecture plugin against the rules. */
@Command(
    name = "conformance",
    mixinStandardHelpOptions = true,
    description = {
      "Check an architecture plugin on the class path against docs/conformance.md.",
      "Ends with 1 if a rule is broken, or if --device was asked for and there is none."
    })
public final class ConformanceCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--arch",
      paramLabel = "ID",
      defaultValue = "sm90",
      description = "The plugin (default: ${DEFAULT-VALUE}).")
  String arch = "sm90";

  @Option(names = "--device", description = "Run kernels on the GPU as well.")
  boolean device;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON.")
  @Nullable Path json;

  @Option(
      names = "--tier",
      paramLabel = "TIER",
      split = ",",
      description = "Check these tiers alone: ${COMPLETION-CANDIDATES}.")
  @Nullable Set<Tier> tiers;

  @Option(
      names = "--declare",
      paramLabel = "CAPABILITY",
      split = ",",
      description =
          "What the plugin should be able to do; without it, what it says itself:"
              + " ${COMPLETION-CANDIDATES}.")
  @Nullable Set<Capability> declared;

  @Override
  public Integer call() {
    PrintWriter out = Console.out(spec);
    Options options = Options.fromEnvironment();
    ArchSpec plugin = ArchSpecs.load().get(arch);
    Capabilities capabilities =
        declared == null ? Capabilities.observed(plugin) : new Capabilities(declared);
    Conformance.Builder suite =
        Conformance.of(() -> Conformance.newInstance(plugin))
            .capabilities(capabilities)
            .tiers(tiers == null ? EnumSet.allOf(Tier.class) : tiers);
    if (KernelAssembler.ptxas().unavailable(plugin.target()).isPresent()) {
      suite.assembler(new JitAssembler(KernelCompiler.create(options)));
    }
    ConformanceReport report;
    if (device) {
      try (CudaRunner runner = new CudaRunner(options)) {
        report = run(suite.runner(runner));
      }
    } else {
      report = run(suite);
    }
    out.println(report.text());
    out.flush();
    if (json != null) {
      AtomicFile.write(json, report.json().getBytes(StandardCharsets.UTF_8));
    }
    return report.nothingFailed() && !(device && skippedOnDevice(report)) ? 0 : ExitCode.FAILURE;
  }

  private ConformanceReport run(Conformance.Builder suite) {
    PrintWriter err = Console.err(spec);
    return suite.run(
        result -> {
          err.printf("%-14s %s [%s]%n", result.outcome(), result.rule().id(), result.where());
          err.flush();
        });
  }

  private static boolean skippedOnDevice(ConformanceReport report) {
    return report.results().stream()
        .filter(result -> result.where().equals("device"))
        .noneMatch(
            result -> result.outcome() == Outcome.PASSED || result.outcome() == Outcome.FAILED);
  }
}
