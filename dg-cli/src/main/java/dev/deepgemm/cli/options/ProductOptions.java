package dev.deepgemm.cli.options;

import dev.deepgemm.api.Problem;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchShape;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** The products that are measured: shapes, and kinds of each. */
public final class ProductOptions {
  @Option(
      names = "--shapes",
      paramLabel = "MxNxK,...",
      split = ",",
      description = "Products, such as 4096x4096x7168,64x2112x7168.")
  public List<String> shapes = List.of();

  @Option(
      names = "--baseline",
      description = "The products that the project's peers were measured on, 42 of them.")
  boolean baseline;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE,...",
      split = ",",
      description = {
        "fp8 (default), bf16, bf16-fp32 (FP32 output), both (fp8,bf16) or all (these three);",
        "fp8-1d1d (weight gradients: FP32, D = C + A B) or fp8-1d1d-noacc, fp8-acc;",
        "bf16-nn, -tn, -tt (layouts), each also with -fp32, -acc or -fp32-acc; bf16-nt-acc."
      })
  List<String> dtypes = List.of("fp8");

  /** What is wanted, each once and in its order. */
  public record Wanted(Set<BenchShape> shapes, Set<BenchKind> kinds) {}

  /**
   * Reads the options.
   *
   * @param problems where to put what is wrong with them, no products at all among it ({@code
   *     DG-BENCH-04})
   */
  public Wanted wanted(List<Problem> problems) {
    Set<BenchShape> wanted = new LinkedHashSet<>(baseline ? BenchShape.baseline() : List.of());
    wanted.addAll(BenchShape.parse(shapes, problems));
    Set<BenchKind> kinds = BenchKind.parse(dtypes, BenchKind.CLASSIC, problems);
    if (wanted.isEmpty() && problems.isEmpty()) {
      problems.add(Problem.of("DG-BENCH-04", "no products; name them with --shapes or --baseline"));
    }
    return new Wanted(wanted, kinds);
  }
}
