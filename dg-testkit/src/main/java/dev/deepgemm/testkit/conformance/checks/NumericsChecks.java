package dev.deepgemm.testkit.conformance.checks;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.reference.Bfloat16;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmOutput;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.reference.Tolerance;
import dev.deepgemm.spi.KernelProvider;
import dev.deepgemm.testkit.conformance.checks.NumericCase.Inputs;
import dev.deepgemm.testkit.conformance.checks.NumericRuns.Run;
import dev.deepgemm.testkit.conformance.run.KernelRunner;
import dev.deepgemm.testkit.conformance.spec.Product;
import java.util.ArrayList;
import java.util.List;

/**
 * N-01 to N-09.
 *
 * <p>Shapes are small because the emulator is slow, and SMs are few so that CTAs take several tiles
 * all the same. Some have 512 rows and more: from there on the selector shares operands in pairs.
 */
final class NumericsChecks {
  private static final List<Integer> STEPS = List.of(1, 2, 4, 8, 16);

  private final Subject subject;
  private final NumericRuns runs;
  private final KernelProvider provider;

  NumericsChecks(Subject subject, KernelProvider provider, KernelRunner runner) {
    this.subject = subject;
    this.provider = provider;
    this.runs = new NumericRuns(subject, provider, runner);
  }

  /** What a rule says about one run without a fault. */
  private interface Check {
    void check(NumericCase test, Run run);
  }

  void faults(Findings findings) {
    for (Product product : products(findings)) {
      cases(product).forEach(runs::run);
    }
    runs.all()
        .forEach((test, run) -> findings.check(run.fault() == null, "%s: %s", test, run.fault()));
  }

  void poison(Findings findings) {
    for (Product product : products(findings)) {
      each(
          findings,
          cases(product),
          (test, run) -> {
            List<String> problems = GemmOutput.problems(run.guarded());
            findings.check(
                problems.isEmpty(), "%s with %s: %s", test, run.config().kernel().id(), problems);
          });
    }
  }

  void integers(Findings findings) {
    for (Product product : products(findings)) {
      each(findings, integerCases(product), (test, run) -> exact(findings, test, run));
    }
  }

  void random(Findings findings) {
    for (Product product : products(findings)) {
      each(
          findings,
          randomCases(product),
          (test, run) -> {
            Tolerance tolerance = Tolerance.of(test.desc());
            GemmError error = GemmReference.full(run.data()).compare(run.d());
            findings.check(error.within(tolerance), "%s: %s, legal: %s", test, error, tolerance);
          });
    }
  }

  void ragged(Findings findings) {
    for (Product product : products(findings)) {
      for (String dimension : List.of("n", "k")) {
        int step = step(product, dimension);
        findings.check(
            step > 0 && step * product.signature().aType().bytes() <= 16,
            "%s: %s has to be a multiple of more than 16 bytes",
            product,
            dimension);
      }
      each(findings, raggedCases(product), (test, run) -> exact(findings, test, run));
    }
  }

  void scales(Findings findings) {
    List<Product> products = products(findings);
    if (products.stream().allMatch(product -> scaledCases(product).isEmpty())) {
      findings.notApplicable("no kernel with scales is declared");
    }
    for (Product product : products) {
      each(findings, scaledCases(product), (test, run) -> exact(findings, test, run));
    }
  }

  void notFinite(Findings findings) {
    for (Product product : products(findings)) {
      each(findings, notFiniteCases(product), (test, run) -> exact(findings, test, run));
    }
  }

  void extremes(Findings findings) {
    for (Product product : products(findings)) {
      each(findings, extremeCases(product), (test, run) -> exact(findings, test, run));
    }
  }

  void grids(Findings findings) {
    for (Product product : products(findings)) {
      List<NumericCase> cases = gridCases(product);
      if (cases.isEmpty()) {
        continue;
      }
      Run first = runs.run(cases.get(0));
      each(
          findings,
          cases.subList(1, cases.size()),
          (test, run) ->
              findings.check(
                  run.config().kernel().equals(first.config().kernel())
                      && run.d().sameElements(first.d()),
                  "%s differs from %s",
                  test,
                  cases.get(0)));
    }
  }

  // ---------------------------------------------------------------- cases

  private List<NumericCase> cases(Product product) {
    List<NumericCase> all = new ArrayList<>();
    all.addAll(integerCases(product));
    all.addAll(randomCases(product));
    all.addAll(raggedCases(product));
    all.addAll(scaledCases(product));
    all.addAll(notFiniteCases(product));
    all.addAll(extremeCases(product));
    all.addAll(gridCases(product));
    return all;
  }

  // A combined product is made of parts that have been through all cases alone: a few are left.

  private List<NumericCase> integerCases(Product product) {
    NumericCase first = NumericCase.of(product, 128, 128, 256, 1, Inputs.INTEGERS);
    NumericCase paired = NumericCase.of(product, 576, 64, 128, 2, Inputs.INTEGERS);
    if (product.isCombined()) {
      return List.of(first, paired);
    }
    NumericCase deep = NumericCase.of(product, 40, 64, 1152, 2, Inputs.INTEGERS);
    List<NumericCase> selected = List.of(first, paired, deep);
    List<NumericCase> all = new ArrayList<>(selected);
    for (NumericCase test : selected) {
      GemmConfig config = subject.select(test.desc(), true);
      KernelSpec kernel = config.kernel();
      int variants = subject.arch().teams(kernel.signature(), kernel.tile()).size();
      for (int i = 1; i < variants; i++) {
        if (subject.variant(provider, config, i).isPresent()) {
          all.add(test.withVariant(i));
        }
      }
    }
    return all;
  }

  private static List<NumericCase> randomCases(Product product) {
    NumericCase wide = NumericCase.of(product, 96, 192, 320, 2, Inputs.RANDOM);
    NumericCase deep = NumericCase.of(product, 16, 64, 2048, 1, Inputs.RANDOM);
    return product.isCombined() ? List.of(wide) : List.of(wide, deep);
  }

  private List<NumericCase> raggedCases(Product product) {
    int n = Math.max(1, step(product, "n"));
    int k = Math.max(1, step(product, "k"));
    NumericCase small = NumericCase.of(product, 65, 128 - n, 64 - k, 1, Inputs.INTEGERS);
    return product.isCombined()
        ? List.of(small)
        : List.of(
            NumericCase.of(product, 1, 64 + n, 128 + k, 2, Inputs.INTEGERS),
            small,
            NumericCase.of(product, 127, 2 * n, k, 1, Inputs.INTEGERS),
            NumericCase.of(product, 641, 64 + n, 64 + k, 4, Inputs.INTEGERS));
  }

  private static List<NumericCase> scaledCases(Product product) {
    if (!product.signature().scaling().isScaled()) {
      return List.of();
    }
    NumericCase wide = NumericCase.of(product, 72, 272, 384, 1, Inputs.SCALED);
    return product.isCombined()
        ? List.of(wide)
        : List.of(wide, NumericCase.of(product, 520, 144, 256, 2, Inputs.SCALED));
  }

  private static List<NumericCase> notFiniteCases(Product product) {
    return product.isCombined()
        ? List.of()
        : List.of(NumericCase.of(product, 70, 80, 144, 2, Inputs.NOT_FINITE));
  }

  private static List<NumericCase> extremeCases(Product product) {
    return product.isCombined()
        ? List.of()
        : List.of(NumericCase.of(product, 70, 80, 128, 2, Inputs.EXTREME));
  }

  /** The same kernel on as many CTAs as the selector wants, on fewest, and on more than tiles. */
  private List<NumericCase> gridCases(Product product) {
    if (product.isCombined()) {
      return List.of();
    }
    NumericCase base = NumericCase.of(product, 600, 144, 192, 4, Inputs.RANDOM);
    int pair = subject.select(base.desc(), true).kernel().multicast().ctas();
    return List.of(base, base.onGrid(pair, 0), base.onGrid(pair, 1), base.onGrid(8 * pair, 0));
  }

  // ---------------------------------------------------------------- helpers

  private List<Product> products(Findings findings) {
    List<Product> found = new ArrayList<>();
    for (Product product : subject.capabilities().products()) {
      if (product.hasReference()) {
        found.add(product);
      } else {
        findings.gap(product + " is declared, and this version of the kit has no reference for it");
      }
    }
    return found;
  }

  private void each(Findings findings, List<NumericCase> cases, Check check) {
    for (NumericCase test : cases) {
      Run run = runs.run(test);
      if (run.fault() == null) {
        check.check(test, run);
      } else {
        findings.check(false, "%s did not run: %s", test, run.fault());
      }
    }
  }

  /**
   * Compares bits with the exact result, rounded once; any NaN is as good as any other. A product that is
   * added to C may be rounded before.
   */
  private static void exact(Findings findings, NumericCase test, Run run) {
    GemmReference reference = GemmReference.full(run.data());
    HostMatrix d = run.d();
    int wrong = 0;
    String first = "";
    for (int row = 0; row < d.rows(); row++) {
      for (int col = 0; col < d.cols(); col++) {
        double exact = reference.get(row, col);
        double added = reference.added(row, col);
        float want = rounded(d.type(), exact);
        float twice = rounded(d.type(), added + rounded(d.type(), exact - added));
        float got = d.get(row, col);
        if (got != want && got != twice && !(Float.isNaN(got) && Float.isNaN(want))) {
          if (wrong++ == 0) {
            first = String.format("d[%d, %d] is %s, exact: %s", row, col, got, want);
          }
        }
      }
    }
    findings.check(
        wrong == 0,
        "%s with %s: %,d of %,d elements are wrong; %s",
        test,
        run.config().kernel().id(),
        wrong,
        (long) d.rows() * d.cols(),
        first);
  }

  private static float rounded(DataType type, double exact) {
    float value = (float) exact;
    return type == DataType.BF16 ? Bfloat16.round(value) : value;
  }

  /** The step in elements in which n or k has to come; 0 if even 16 is refused. */
  private int step(Product product, String dimension) {
    for (int step : STEPS) {
      GemmDesc desc =
          dimension.equals("n")
              ? product.problem(64, 64 + step, 128, 1)
              : product.problem(64, 64, 128 + step, 1);
      if (provider.check(desc, Operands.good(desc)).isEmpty()) {
        return step;
      }
    }
    return 0;
  }
}
