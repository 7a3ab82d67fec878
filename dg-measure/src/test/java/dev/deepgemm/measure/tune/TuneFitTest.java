package dev.deepgemm.measure.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.heuristics.Candidates;
import dev.deepgemm.heuristics.ConfigSelector;
import dev.deepgemm.heuristics.CostModel;
import dev.deepgemm.measure.Percentiles;
import dev.deepgemm.measure.tune.TuneData.Measured;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.CostParameters;
import dev.deepgemm.spi.Tuning;
import dev.deepgemm.workloads.files.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fitting and choosing, on times that a known model made. */
class TuneFitTest {
  private final ArchSpec arch = new Sm90Spec();

  @TempDir Path folder;

  /** A GPU that is not the one that is guessed. */
  private CostModel truth() {
    CostParameters guess = CostModel.guess(DataType.FP8_E4M3);
    double[] factors = {1.5, 0.75, 1.1};
    return new CostModel(
        arch, CostParameters.of(p -> guess.get(p) * factors[p.ordinal() % factors.length]));
  }

  private List<Measured> measured(CostModel truth) {
    ConfigSelector selector = ConfigSelector.create(Options.defaults());
    List<Measured> problems = new ArrayList<>();
    for (int m : List.of(1, 64, 128, 512, 4096)) {
      for (int[] nk : new int[][] {{2112, 7168}, {7168, 2048}, {24_576, 1536}}) {
        GemmDesc desc = GemmDesc.fp8(m, nk[0], nk[1]).withSmLimit(132);
        List<GemmConfig> all = Candidates.of(selector, arch, desc);
        Map<Tuning.Kernel, Double> times = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i += 9) {
          Tuning.Kernel kernel = CostModel.kernel(all.get(i).kernel());
          times.put(kernel, truth.cost(desc, kernel).micros());
        }
        Tuning.Kernel classic = CostModel.kernel(selector.select(arch, desc).kernel());
        times.put(classic, truth.cost(desc, classic).micros());
        problems.add(new Measured(desc, times, classic));
      }
    }
    return problems;
  }

  private static double medianError(List<Measured> problems, CostModel model) {
    List<Double> errors = new ArrayList<>();
    for (Measured problem : problems) {
      problem
          .times()
          .forEach(
              (kernel, micros) ->
                  errors.add(Math.abs(model.cost(problem.desc(), kernel).micros() / micros - 1)));
    }
    return Percentiles.of(errors).median();
  }

  @Test
  void fit_ofTimesThatAModelMade_predictsThem_whereTheGuessDoesNot() {
    List<Measured> problems = measured(truth());
    CostParameters guess = CostModel.guess(DataType.FP8_E4M3);
    double before = medianError(problems, new CostModel(arch, guess));
    CostParameters fitted = new CostFit(arch, problems, guess).fit(1);
    double after = medianError(problems, new CostModel(arch, fitted));
    assertTrue(before > 0.08, "the guess is too good for a test: " + before);
    assertTrue(after < 0.02 && after < before / 4, "off by " + before + ", then by " + after);
    assertEquals(fitted, new CostFit(arch, problems, guess).fit(1), "the seed decides");
  }

  @Test
  void factors_areMeasuredOverPredicted_drawnTowardsOne() {
    CostModel truth = truth();
    List<Measured> problems = measured(truth);
    Tuning.Kernel kernel = problems.get(0).times().keySet().iterator().next();
    List<Measured> slower = new ArrayList<>();
    int seen = 0;
    for (Measured problem : problems) {
      Map<Tuning.Kernel, Double> times = new LinkedHashMap<>(problem.times());
      times.computeIfPresent(kernel, (key, micros) -> 1.2 * micros);
      seen += times.containsKey(kernel) ? 1 : 0;
      slower.add(new Measured(problem.desc(), times, problem.classic()));
    }
    double factor = CostFit.withFactors(truth, slower, List.of(kernel), -1).get(0).factor();
    assertTrue(seen > 1 && factor > 1.0001 && factor < 1.2, seen + " times, factor " + factor);
    Tuning.Kernel other = problems.get(0).classic();
    assertEquals(1, CostFit.withFactors(truth, slower, List.of(other), -1).get(0).factor(), 1e-9);
  }

  @Test
  void portfolio_isShort_andLosesLittle() {
    CostModel truth = truth();
    List<Measured> problems = measured(truth);
    TuneData data = new TuneData(problems, List.of());
    List<GemmDesc> grid =
        List.of(problems.get(0).desc().withM(32), problems.get(0).desc().withM(2000));
    List<Tuning.Kernel> list =
        new PortfolioSearch(arch, truth, data.kernels(), problems, grid).run(0);
    assertTrue(list.size() <= PortfolioSearch.MOST_KERNELS && list.size() < problems.size() + 3);
    assertEquals(list.size(), list.stream().map(kernel -> kernel.withFactor(1)).distinct().count());
    double lost = 0;
    for (Measured problem : problems) {
      double micros = Double.POSITIVE_INFINITY;
      double predicted = Double.POSITIVE_INFINITY;
      for (Tuning.Kernel kernel : list) {
        double time = truth.cost(problem.desc(), kernel).micros();
        if (time < predicted && Candidates.legality(arch, problem.desc(), kernel).isLegal()) {
          predicted = time;
          micros = truth.cost(problem.desc(), kernel.withFactor(1)).micros();
        }
      }
      lost += Math.log(micros / problem.best());
    }
    assertTrue(lost / problems.size() < 0.02, "lost on average " + lost / problems.size());
  }

  private static String file(String records) {
    return "{\"device\": \"Fake\", \"sms\": 132, \"records\": [" + records + "]}";
  }

  private static String record(int blockN, double micros, int replays, boolean classic) {
    return ("{\"dtype\": \"fp8\", \"m\": 64, \"n\": 4096, \"k\": 7168, \"block_m\": 64,"
            + " \"block_n\": %d, \"stages\": 4, \"multicast\": \"NONE\", \"math_threads\": 128,"
            + " \"split_k\": 1, \"classic\": %s, \"us\": %s, \"replays\": %d}")
        .formatted(blockN, classic, micros, replays);
  }

  @Test
  void data_ofSeveralFiles_isOne_andWhatFailedDoesNotCount() throws IOException {
    Path first = folder.resolve("a.json");
    Files.writeString(
        first,
        file(
            record(32, 20, 9, true)
                + ","
                + record(64, 10, 9, false)
                + ",{\"dtype\": \"fp8\", \"problem\": \"hangs\"}"));
    Path second = folder.resolve("b.json.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(second))) {
      out.write(file(record(64, 40, 9, false)).getBytes(StandardCharsets.UTF_8));
    }
    TuneData data = TuneData.read(arch, List.of(first, second));
    assertEquals(1, data.problems().size());
    Measured problem = data.problems().get(0);
    assertEquals(2, problem.times().size());
    assertEquals(20, problem.best(), 1e-9);
    assertEquals(32, problem.classic().tile().n());
    assertEquals(132, problem.desc().smLimit());
    assertTrue(data.of(DataType.BF16).problems().isEmpty());
  }

  @Test
  void data_thatWasMeasuredOnce_isHeldAgainstWhatWasMeasuredAgain() throws IOException {
    Path file = folder.resolve("a.json");
    Files.writeString(
        file,
        file(
            record(32, 30, 9, true)
                + ","
                + record(64, 22, 9, false)
                + ","
                + record(96, 20, 3, false)
                + ","
                + record(112, 40, 2, false)));
    Measured problem = TuneData.read(arch, List.of(file)).problems().get(0);
    assertEquals(22, problem.best(), 1e-9);
    assertEquals(
        44, problem.times().values().stream().mapToDouble(t -> t).max().orElseThrow(), 1e-9);
  }

  @Test
  void data_thatIsNone_isRefused() throws IOException {
    Path file = folder.resolve("a.json");
    Files.writeString(file, "{\"records\": 3}");
    assertThrows(InputException.class, () -> TuneData.read(arch, List.of(file)));
    Files.writeString(file, file("{\"us\": 3}"));
    assertThrows(InputException.class, () -> TuneData.read(arch, List.of(file)));
  }

  /** What is committed is what the committed measurements give. */
  @Test
  void resources_comeFromTheCommittedMeasurements() throws IOException {
    Path results = Path.of("..", "benchmark", "results");
    TuneData data =
        TuneData.read(
            arch,
            List.of(
                results.resolve("2026-11-27-h100-tune-small.json.gz"),
                results.resolve("2026-11-27-h100-tune-large.json.gz")));
    for (DataType type : List.of(DataType.FP8_E4M3, DataType.BF16)) {
      TuneData ofType = data.of(type);
      assertEquals(42, ofType.problems().size());
      Tuning tuning = arch.tuning(ofType.problems().get(0).desc().signature()).orElseThrow();
      CostModel model = new CostModel(arch, tuning.parameters());
      double gain = 0;
      for (Measured problem : ofType.problems()) {
        Tuning.Kernel chosen = null;
        double predicted = Double.POSITIVE_INFINITY;
        for (Tuning.Kernel kernel : tuning.portfolio()) {
          double micros = model.cost(problem.desc(), kernel).micros();
          if (micros < predicted && Candidates.legality(arch, problem.desc(), kernel).isLegal()) {
            predicted = micros;
            chosen = kernel;
          }
        }
        Double micros = problem.times().get(chosen.withFactor(1));
        assertTrue(micros != null, () -> problem.desc() + " gets what was not measured");
        double classic = problem.times().get(problem.classic());
        assertTrue(micros < 1.03 * classic, () -> problem.desc() + " is worse off");
        gain += Math.log(classic / micros);
      }
      assertTrue(Math.exp(gain / 42) > 1.025, "gain " + Math.exp(gain / 42));
    }
  }
}
