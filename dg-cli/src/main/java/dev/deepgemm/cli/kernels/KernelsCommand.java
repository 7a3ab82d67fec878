package dev.deepgemm.cli.kernels;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.Options;
import dev.deepgemm.cli.console.Console;
import dev.deepgemm.cli.console.TextTable;
import dev.deepgemm.cli.options.DefaultSms;
import dev.deepgemm.cli.options.PolicyOption;
import dev.deepgemm.cli.options.WorkloadOptions;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.KernelSet;
import dev.deepgemm.heuristics.KernelSet.Need;
import dev.deepgemm.heuristics.KernelSet.Use;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.Workload;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dg kernels}: the finite set that warm-up compiles; nothing is compiled here. */
@Command(
    name = "kernels",
    description = {
      "List every kernel that some products need for every m of a range.",
      "Products are --shapes, a --model or a --checkpoint. m is not sampled: all of them are asked about."
    })
public final class KernelsCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Option(names = "--arch", paramLabel = "ARCH", description = "sm90 (default) or sm100.")
  String arch = "sm90";

  @Mixin WorkloadOptions work = new WorkloadOptions();

  @Option(
      names = "--minimize",
      paramLabel = "0|1",
      description = "Minimise the SM count; overrides DG_MINIMIZE_NUM_SMS. The set is the same.")
  @Nullable String minimize;

  @Mixin PolicyOption policy = new PolicyOption();

  @Option(names = "--count", description = "Print the number of kernels, alone on the last line.")
  boolean count;

  @Option(names = "--json", description = "Print JSON, with the values of m that need each kernel.")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  private final DefaultSms defaultSms;

  /** What picocli calls. */
  public KernelsCommand() {
    this(DefaultSms.OF_DEVICE);
  }

  public KernelsCommand(DefaultSms defaultSms) {
    this.defaultSms = defaultSms;
  }

  @Override
  public void run() {
    Options options = policy.over(Options.fromEnvironment());
    if (minimize != null) {
      options = options.with(Options.MINIMIZE_NUM_SMS, minimize);
    }
    ArchSpec chosen = ArchSpecs.load().get(arch);
    Workload workload = work.workload(chosen, defaultSms);
    KernelSet kernels =
        KernelSet.of(ConfigSelector.create(options), chosen, workload.problems(), workload.m());
    PrintWriter out = Console.out(spec);
    if (json) {
      out.println(pretty(tree(chosen, workload, kernels)));
    } else {
      print(out, workload, kernels);
    }
    if (count) {
      out.println(kernels.size());
    }
    out.flush();
  }

  private static void print(PrintWriter out, Workload workload, KernelSet kernels) {
    TextTable table = new TextTable("kernel", "products", "selections", "m");
    for (Use use : kernels.uses()) {
      table.row(use.kernel().id(), use.problems().size(), use.selections(), span(use));
    }
    table.print(out, "");
    workload.notes().forEach(note -> out.println("# " + note));
    out.printf(
        "# %d kernels for %d products of %s, m %s%n",
        kernels.size(), workload.products().size(), workload.title(), workload.m());
  }

  /** From the smallest m that needs a kernel to the largest; not all between need it. */
  private static String span(Use use) {
    int first = use.needs().stream().mapToInt(need -> need.m().first()).min().orElseThrow();
    int last = use.needs().stream().mapToInt(need -> need.m().last()).max().orElseThrow();
    return first + "-" + last;
  }

  private static ObjectNode tree(ArchSpec arch, Workload workload, KernelSet kernels) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("arch", arch.id()).put("workload", workload.title());
    root.putObject("m").put("first", workload.m().first()).put("last", workload.m().last());
    root.put("count", kernels.size());
    ArrayNode all = root.putArray("kernels");
    for (Use use : kernels.uses()) {
      ObjectNode kernel = all.addObject().put("id", use.kernel().id());
      kernel.put("selections", use.selections());
      ArrayNode needs = kernel.putArray("needs");
      for (Need need : use.needs()) {
        needs
            .addObject()
            .put("gemm_type", need.problem().kind().name())
            .put("n", need.problem().n())
            .put("k", need.problem().k())
            .put("num_groups", need.problem().groups())
            .put("num_sms", need.problem().smLimit())
            .put("m_first", need.m().first())
            .put("m_last", need.m().last());
      }
    }
    return root;
  }

  private static String pretty(Object node) {
    try {
      return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of numbers and text cannot fail to print", e);
    }
  }
}
