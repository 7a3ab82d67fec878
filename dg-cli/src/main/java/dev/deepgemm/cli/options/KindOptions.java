package dev.deepgemm.cli.options;

import dev.deepgemm.api.Problem;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.workloads.files.InputException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The kinds of products that are checked. */
public final class KindOptions {
  @Option(
      names = "--dtype",
      paramLabel = "TYPE,...",
      split = ",",
      description = {
        "fp8, bf16, bf16-fp32 (FP32 output), both (fp8,bf16) or all (everything that has kernels);",
        "fp8-1d1d (weight gradients: FP32, D = C + A B) or fp8-1d1d-noacc, fp8-acc;",
        "bf16-nn, -tn, -tt (layouts), each also with -fp32, -acc or -fp32-acc; bf16-nt-acc.",
        "Default: ${DEFAULT-VALUE}."
      })
  List<String> dtypes;

  /**
   * @param words what is checked where nobody says
   */
  public KindOptions(String... words) {
    dtypes = List.of(words);
  }

  /**
   * The kinds, each once and in their order.
   *
   * @throws InputException if a word is none ({@code DG-BENCH-06})
   */
  public List<BenchKind> kinds(ArchSpec arch) {
    List<BenchKind> everything =
        BenchKind.all().stream()
            .filter(kind -> SignatureOptions.hasKernels(arch, kind.signature()))
            .toList();
    List<Problem> problems = new ArrayList<>();
    List<BenchKind> wanted = List.copyOf(BenchKind.parse(dtypes, everything, problems));
    InputException.throwIfAny(problems);
    return wanted;
  }
}
