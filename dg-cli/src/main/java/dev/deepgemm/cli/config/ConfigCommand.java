package dev.deepgemm.cli.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.options.DefaultSms;
import dev.deepgemm.cli.options.PolicyOption;
import dev.deepgemm.cli.options.ProblemOptions;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.Explanation;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.InputException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code dg config}: the configuration of one problem or of a file of them; nothing is launched.
 */
@Command(
    name = "config",
    description = {
      "Show which configuration a problem gets, and why.",
      "Many problems at once: --batch in.csv[.gz] --out out.csv[.gz], with the columns"
          + " arch, minimize, gemm_type, kernel_type, m, n, k, num_groups, major_a, major_b,"
          + " ab_dtype, cd_dtype, with_accumulation, num_sms."
    })
public final class ConfigCommand implements Runnable {
  private static final String DEFAULT_ARCH = "sm90";

  /** What a batch may be combined with; all else is said by its columns. */
  private static final List<String> BATCH_OPTIONS =
      List.of("--batch", "--out", "--arch", "--policy", "--verbose", "--help");

  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--arch",
      paramLabel = "ARCH",
      description =
          "sm90 (default) or sm100; in a batch, the architecture that every row must name.")
  @Nullable String arch;

  @Mixin ProblemOptions problem = new ProblemOptions();

  @Option(
      names = "--minimize",
      paramLabel = "0|1",
      description = "Minimise the SM count; overrides DG_MINIMIZE_NUM_SMS.")
  @Nullable String minimize;

  @Mixin PolicyOption policy = new PolicyOption();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Option(names = "--why", description = "Print every candidate, and why it lost.")
  boolean why;

  @Option(
      names = "--batch",
      paramLabel = "FILE",
      description = {
        "CSV of problems, plain or gzip.",
        "Answered by DeepGEMM's rules unless a policy is named."
      })
  @Nullable Path batch;

  @Option(names = "--out", paramLabel = "FILE", description = "CSV to write; *.gz is compressed.")
  @Nullable Path out;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  private final DefaultSms defaultSms;

  /** What picocli calls. */
  public ConfigCommand() {
    this(DefaultSms.WITHOUT_DEVICE);
  }

  public ConfigCommand(DefaultSms defaultSms) {
    this.defaultSms = defaultSms;
  }

  @Override
  public void run() {
    if (batch == null && out == null) {
      one();
    } else {
      many();
    }
  }

  private void one() {
    ArchSpec chosen = ArchSpecs.load().get(arch == null ? DEFAULT_ARCH : arch);
    Options options = policy.over(Options.fromEnvironment());
    if (minimize != null) {
      options = options.with(Options.MINIMIZE_NUM_SMS, minimize);
    }
    Explanation explanation =
        ConfigSelector.create(options).explain(chosen, problem.toDesc(chosen, defaultSms));
    PrintWriter console = Console.out(spec);
    if (json) {
      console.println(pretty(ConfigJson.of(explanation, why)));
    } else {
      ConfigText text = new ConfigText(console);
      text.print(chosen, explanation);
      if (why) {
        text.printWhy(explanation);
      }
    }
    console.flush();
  }

  private void many() {
    if (batch == null || out == null) {
      throw new InputException(
          Problem.of(
              "DG-CLI-22",
              "%s without %s; a batch needs the file to read and the file to write",
              batch == null ? "--out" : "--batch",
              batch == null ? "--batch" : "--out"));
    }
    List<Problem> misplaced = new ArrayList<>();
    for (OptionSpec option :
        Objects.requireNonNull(spec).commandLine().getParseResult().matchedOptions()) {
      if (!BATCH_OPTIONS.contains(option.longestName())) {
        misplaced.add(
            Problem.of(
                "DG-CLI-23",
                "%s with --batch; the columns of the batch say it row by row",
                option.longestName()));
      }
    }
    InputException.throwIfAny(misplaced);
    ConfigBatch rows =
        new ConfigBatch(ArchSpecs.load(), arch, policy.over(Options.fromEnvironment()));
    int written = rows.run(batch, out);
    PrintWriter err = Console.err(spec);
    err.printf("%,d configurations in %s%n", written, out);
    err.flush();
  }

  private static String pretty(Object node) {
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of numbers and text cannot fail to print", e);
    }
  }
}
