package dev.deepgemm.ptx;

import dev.deepgemm.api.launch.PtxModule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Builds one PTX module with one entry point.
 *
 * <p>The header is derived from facts: {@code .reqntid} from the thread roles, {@code
 * .explicitcluster} and {@code .reqnctapercluster} from the cluster. With these two directives a
 * plain {@code cuLaunchKernel} starts clusters, no extended launch is needed. {@code .minnctapersm
 * 1} together with {@code .reqntid} bounds the registers, which {@code setmaxnreg} requires.
 *
 * <p>The version of the PTX ISA is the first that knows the target and all instructions that were
 * emitted ({@link IsaFeature}): assemblers of another age than ours have to take the text. SM90's kernels
 * need 8.0, which the one embedded in JCuda still accepts.
 */
public final class KernelBuilder {
  /** Name of the dynamic shared memory in PTX text. */
  static final String SMEM = "smem";

  private static final int SMEM_ALIGNMENT = 1024;

  private final String entry;
  private final IsaFeature.Target target;
  private final int threads;
  private final int cluster;
  private ParamList params = new ParamList();
  private final List<String> notes = new ArrayList<>();

  /**
   * A kernel without parameters and body.
   *
   * @param entry name of the entry point
   * @param target exact target, such as {@code sm_90a}
   * @param threads threads per CTA, a multiple of 32 up to 1024
   * @param cluster CTAs per cluster, 1 to 8
   */
  public KernelBuilder(String entry, String target, int threads, int cluster) {
    if (threads < 32 || threads > 1024 || threads % 32 != 0) {
      throw new IllegalArgumentException(
          "threads per CTA: " + threads + "; legal: multiples of 32 up to 1024");
    }
    if (cluster < 1 || cluster > 8) {
      throw new IllegalArgumentException("CTAs per cluster: " + cluster + "; legal: 1 to 8");
    }
    this.entry = entry;
    this.target = IsaFeature.Target.of(target);
    this.threads = threads;
    this.cluster = cluster;
  }

  /** Adds a line of comment to the head of the module. */
  public KernelBuilder note(String line) {
    notes.add(line);
    return this;
  }

  /** The parameters that were declared ahead. */
  public KernelBuilder params(ParamList declared) {
    params = declared;
    return this;
  }

  /** The next parameter: a tensor map. */
  public Param.Map map(String name) {
    return params.map(name);
  }

  /** The next parameter: a device address. */
  public Param.Address address(String name) {
    return params.address(name);
  }

  /** The next parameter: a 32-bit integer. */
  public Param.Int integer(String name) {
    return params.integer(name);
  }

  /** Emits the body and prints the module. */
  public PtxModule build(Consumer<Code> body) {
    Emission emission = new Emission(target);
    if (cluster > 1) {
      emission.require(IsaFeature.CLUSTER);
    }
    Code code = new Code(emission);
    body.accept(code);
    code.raw("ret");

    List<String> head = new ArrayList<>();
    notes.forEach(note -> head.add("// " + note));
    head.add(".version " + emission.version() / 10 + "." + emission.version() % 10);
    head.add(".target " + target.name());
    head.add(".address_size 64");
    head.add("");
    head.add(".extern .shared .align " + SMEM_ALIGNMENT + " .b8 " + SMEM + "[];");
    head.add("");
    head.add(".visible .entry " + entry + "(");
    head.add(
        params.all().stream().map(p -> "\t" + p.declaration()).collect(Collectors.joining(",\n")));
    head.add(")");
    if (cluster > 1) {
      head.add(".explicitcluster");
      head.add(".reqnctapercluster " + cluster + ", 1, 1");
    }
    head.add(".reqntid " + threads + ", 1, 1");
    head.add(".minnctapersm 1");
    head.add("{");
    head.addAll(emission.declarations());

    List<String> lines = new ArrayList<>();
    head.forEach(line -> lines.addAll(List.of(line.split("\n", -1))));
    List<String> origins = new ArrayList<>();
    lines.forEach(line -> origins.add(""));
    lines.addAll(emission.lines());
    origins.addAll(emission.origins());
    lines.add("}");
    origins.add("");
    String text = String.join("\n", lines) + "\n";
    return PtxModule.builder(entry, target.name())
        .text(text)
        .threads(threads)
        .cluster(cluster)
        .origins(origins)
        .build();
  }
}
