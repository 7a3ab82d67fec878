package dev.deepgemm.cli.options;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Shape;
import dev.deepgemm.heuristics.MRange;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.workloads.CheckpointWeights;
import dev.deepgemm.workloads.ModelCatalog;
import dev.deepgemm.workloads.ModelConfig;
import dev.deepgemm.workloads.Projection;
import dev.deepgemm.workloads.Projections;
import dev.deepgemm.workloads.Weight;
import dev.deepgemm.workloads.Workload;
import dev.deepgemm.workloads.Workload.Product;
import dev.deepgemm.workloads.files.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which products a command is about: shapes that are spelt out, a published model, or a checkpoint. */
public final class WorkloadOptions {
  @Option(
      names = "--shapes",
      paramLabel = "NxK,...",
      split = ",",
      description = "Columns of D and inner extent of each product, such as 2112x7168,24576x1536.")
  List<String> shapes = List.of();

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "A published model, such as deepseek-v3; `dg warmup --models` lists them.")
  @Nullable String model;

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Folder of a model's safetensors files and config.json.")
  @Nullable Path checkpoint;

  @Option(
      names = "--tp",
      paramLabel = "N",
      description = "Devices that tensor parallelism cuts a model over (default 1).")
  int tp = 1;

  @Option(
      names = "--m",
      paramLabel = "M1-M2",
      description = "Tokens: every m from M1 to M2 (default 1-16384), or one m.")
  String tokens = "1-16384";

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      converter = Words.AbType.class,
      description = "fp8 or bf16 (default: fp8 for shapes; as published for a model).")
  @Nullable DataType dtype;

  @Mixin SignatureOptions signature = new SignatureOptions();

  @Option(
      names = "--kind",
      paramLabel = "KIND",
      converter = Words.Kind.class,
      description =
          "normal, m-grouped-contiguous, m-grouped-masked, k-grouped-contiguous, batched (default:"
              + " normal, and for experts every grouped kind that has kernels).")
  public @Nullable GemmKind kind;

  @Option(
      names = "--groups",
      paramLabel = "G",
      description = "Groups of a grouped kind (default: the experts of the model, or 1).")
  public @Nullable Integer groups;

  @Option(
      names = "--sms",
      paramLabel = "SMS,...",
      split = ",",
      description = "SM limits that launches may use (default: all SMs of the device).")
  List<Integer> sms = List.of();

  /**
   * The products.
   *
   * @throws InputException with everything that is wrong with the options ({@code DG-SHAPE-*}) or the model
   *     ({@code DG-MODEL-*})
   */
  public Workload workload(ArchSpec arch, DefaultSms defaultSms) {
    List<Problem> problems = new ArrayList<>();
    MRange m = range(tokens, problems);
    final List<Projection> explicit = explicit(problems);
    int sources =
        (shapes.isEmpty() ? 0 : 1) + (model == null ? 0 : 1) + (checkpoint == null ? 0 : 1);
    if (sources != 1) {
      problems.add(
          Problem.of(
              "DG-SHAPE-02",
              "%s; name one of --shapes, --model and --checkpoint",
              sources == 0
                  ? "nothing says which products are meant"
                  : "several say which products are meant"));
    }
    if (tp < 1) {
      problems.add(Problem.of("DG-SHAPE-04", "--tp is %d; legal: 1 or more", tp));
    } else if (tp > 1 && !shapes.isEmpty()) {
      problems.add(
          Problem.of(
              "DG-SHAPE-04",
              "--tp %d with --shapes; shapes are taken as they are: hand in those of one device",
              tp));
    }
    sms.stream()
        .filter(limit -> limit < 1)
        .forEach(
            limit ->
                problems.add(Problem.of("DG-SHAPE-05", "--sms has %d; legal: 1 or more", limit)));
    if (groups != null && groups < 1) {
      problems.add(Problem.of("DG-SHAPE-06", "--groups is %d; legal: 1 or more", groups));
    }
    InputException.throwIfAny(problems);

    List<String> notes = new ArrayList<>();
    String title = "shapes";
    List<Projection> projections = explicit;
    if (model != null) {
      ModelCatalog.Model chosen = ModelCatalog.load().get(model);
      title = chosen.name() + (tp > 1 ? ", tp " + tp : "");
      projections = ofModel(chosen);
      notes.add("figures: " + chosen.source());
    } else if (checkpoint != null) {
      title = checkpoint + (tp > 1 ? ", tp " + tp : "");
      projections = ofCheckpoint(checkpoint, notes);
    }
    List<Integer> limits = sms.isEmpty() ? List.of(defaultSms.of(arch)) : sms;
    return new Workload(title, products(projections, arch, limits, notes), m, notes);
  }

  private List<Projection> ofModel(ModelCatalog.Model chosen) {
    DataType linear = dtype == null ? chosen.type() : dtype;
    List<Weight> weights = ModelConfig.weights(chosen.name(), chosen.config(), linear);
    return Projections.of(weights, ModelConfig.heads(chosen.config()), tp);
  }

  private List<Projection> ofCheckpoint(Path folder, List<String> notes) {
    CheckpointWeights read = CheckpointWeights.read(folder);
    if (read.weights().isEmpty()) {
      throw new InputException(
          Problem.of(
              "DG-MODEL-06",
              "%s holds no FP8 or BF16 weight that a layer multiplies with%s; name the products with"
                  + " --shapes",
              folder,
              read.skipped().isEmpty() ? "" : ", but " + String.join(", ", read.skipped())));
    }
    if (!read.skipped().isEmpty()) {
      notes.add("not multiplied by a kernel of this library: " + String.join(", ", read.skipped()));
    }
    List<Projection> found = Projections.of(read.weights(), read.heads(), tp);
    if (dtype == null) {
      return found;
    }
    DataType all = dtype;
    return found.stream()
        .map(p -> new Projection(p.name(), p.n(), p.k(), all, p.experts()))
        .toList();
  }

  private List<Projection> explicit(List<Problem> problems) {
    List<Projection> found = new ArrayList<>();
    for (String shape : shapes) {
      String[] extents = shape.strip().split("x", -1);
      int n = extents.length == 2 ? positive(extents[0]) : 0;
      int k = extents.length == 2 ? positive(extents[1]) : 0;
      if (n == 0 || k == 0) {
        problems.add(
            Problem.of(
                "DG-SHAPE-01",
                "--shapes has \"%s\"; legal: columns x inner extent, both from 1 on, such as 2112x7168",
                shape));
      } else {
        DataType type = dtype == null ? DataType.FP8_E4M3 : dtype;
        found.add(new Projection(n + "x" + k, n, k, type, 0));
      }
    }
    return found;
  }

  /** A range of m as users write it; a problem is added and 1 returned if it is none. */
  public static MRange range(String text, List<Problem> problems) {
    String[] ends = text.strip().split("-", -1);
    int first = positive(ends[0]);
    int last = ends.length == 1 ? first : ends.length == 2 ? positive(ends[1]) : 0;
    if (first == 0 || last < first) {
      problems.add(
          Problem.of(
              "DG-SHAPE-03",
              "--m is \"%s\"; legal: one number of tokens, or the first and the last, such as 1-16384",
              text));
      return new MRange(1, 1);
    }
    return new MRange(first, last);
  }

  /** The number that a text is; 0 if it is no positive 32-bit integer. */
  private static int positive(String text) {
    try {
      return Math.max(0, Integer.parseInt(text.strip()));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private List<Product> products(
      List<Projection> projections, ArchSpec arch, List<Integer> limits, List<String> notes) {
    Set<GemmDesc> seen = new LinkedHashSet<>();
    List<Product> products = new ArrayList<>();
    Set<GemmKind> without = new LinkedHashSet<>();
    for (Projection projection : projections) {
      for (GemmKind each : kinds(projection)) {
        for (int limit : limits) {
          GemmDesc problem = problem(projection, each, arch, limit);
          boolean optional = kind == null && each != GemmKind.NORMAL;
          if (optional && !SignatureOptions.hasKernels(arch, problem.signature())) {
            without.add(each);
          } else if (seen.add(problem)) {
            products.add(new Product(projection.name(), problem));
          }
        }
      }
    }
    if (!without.isEmpty()) {
      notes.add(
          "experts are listed one by one: " + arch.id() + " has no kernels yet for " + without);
    }
    return products;
  }

  private List<GemmKind> kinds(Projection projection) {
    if (kind != null) {
      return List.of(kind);
    }
    return projection.experts() == 0
        ? List.of(GemmKind.NORMAL)
        : List.of(GemmKind.NORMAL, GemmKind.M_GROUPED_CONTIGUOUS, GemmKind.M_GROUPED_MASKED);
  }

  private GemmDesc problem(Projection projection, GemmKind each, ArchSpec arch, int limit) {
    int count =
        each == GemmKind.NORMAL
            ? 1
            : Objects.requireNonNullElse(groups, Math.max(1, projection.experts()));
    return new GemmDesc(
        signature.signature(arch, each, projection.type()),
        Shape.of(each, count, 1, projection.n(), projection.k()),
        limit);
  }
}
