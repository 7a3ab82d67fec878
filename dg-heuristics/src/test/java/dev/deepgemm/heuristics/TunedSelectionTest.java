package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.heuristics.CostModel.Cost;
import dev.deepgemm.heuristics.Explanation.Prediction;
import dev.deepgemm.heuristics.Explanation.Verdict;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for tuned selection, on random problems for which there are kernels, and on others. */
class TunedSelectionTest {
  private static final int PROBLEMS = 3_000;

  private final ArchSpec sm90 = new Sm90Spec();
  private final ConfigSelector on = tuned("1");
  private final ConfigSelector off = tuned("0");

  private static ConfigSelector tuned(String minimize) {
    return ConfigSelector.create(
        Options.defaults()
            .with(Options.MINIMIZE_NUM_SMS, minimize)
            .with(Options.HEURISTICS, "tuned"));
  }

  private static List<GemmDesc> problems() {
    SplittableRandom random = new SplittableRandom(5);
    List<GemmDesc> problems = new ArrayList<>();
    for (int i = 0; i < PROBLEMS; i++) {
      int m = (int) Math.exp(random.nextDouble() * Math.log(16_384));
      int n = 16 * (1 + (int) Math.exp(random.nextDouble() * Math.log(8_192)));
      int k = (int) Math.exp(random.nextDouble() * Math.log(60_000));
      GemmDesc desc =
          switch (random.nextInt(3)) {
            case 0 -> GemmDesc.fp8(m, n, k);
            case 1 -> GemmDesc.bf16(m, n, k, DataType.BF16);
            default -> GemmDesc.bf16(m, n, k, DataType.FP32);
          };
      int sms = random.nextInt(4) == 0 ? random.nextInt(1, 133) : GemmDesc.ALL_SMS;
      problems.add(desc.withSmLimit(sms));
    }
    return problems;
  }

  @Test
  void select_anyProblem_isLegalAndFits() {
    for (GemmDesc desc : problems()) {
      GemmConfig config = on.select(sm90, desc);
      KernelSpec kernel = config.kernel();
      // Forcing the same choice applies every rule there is.
      GemmConfig forced =
          on.configure(
              sm90, desc, kernel.tile(), kernel.stages(), kernel.multicast(), kernel.team());
      assertEquals(forced, config);
      assertTrue(config.smemBytes() <= sm90.smemCapacity(), () -> "too large: " + config);
      assertTrue(sm90.kernels().orElseThrow().canEmit(kernel).isLegal(), kernel::id);
    }
  }

  @Test
  void select_anyProblem_hasOneKernelForBothValuesOfTheSwitch_andWholeClusters() {
    for (GemmDesc desc : problems()) {
      GemmConfig few = on.select(sm90, desc);
      GemmConfig all = off.select(sm90, desc);
      assertEquals(all.kernel(), few.kernel());
      assertEquals(all.waves(), few.waves());
      assertEquals(few, on.select(sm90, desc), "the same problem again");
      for (GemmConfig config : List.of(few, all)) {
        assertTrue(config.numSms() >= 1 && config.numSms() <= config.desc().smLimit());
        assertEquals(0, config.numSms() % config.kernel().cluster(), config::toString);
      }
      assertTrue(few.numSms() <= all.numSms());
    }
  }

  @Test
  void select_anyProblem_isOfTheList_unlessNothingOfItIsLegal() {
    for (GemmDesc desc : problems()) {
      GemmConfig config = on.select(sm90, desc);
      Tuning tuning = sm90.tuning(desc.signature()).orElseThrow();
      boolean listed =
          tuning.portfolio().stream()
              .anyMatch(kernel -> kernel.withFactor(1).equals(CostModel.kernel(config.kernel())));
      boolean someLegal =
          tuning.portfolio().stream()
              .anyMatch(kernel -> Candidates.legality(sm90, config.desc(), kernel).isLegal());
      assertEquals(someLegal, listed, config::toString);
      if (!someLegal) {
        assertEquals(Archs.selector("1").select(sm90, desc), config);
      }
    }
  }

  @Test
  void select_choosesThePredictedBest_andExplainSaysTheSame() {
    for (GemmDesc desc : problems().subList(0, 300)) {
      Explanation explanation = on.explain(sm90, desc);
      assertEquals(on.select(sm90, desc), explanation.config());
      if (explanation.heuristics() == Heuristics.CLASSIC) {
        continue;
      }
      Prediction chosen =
          explanation.predictions().stream()
              .filter(prediction -> prediction.verdict() == Verdict.CHOSEN)
              .reduce(
                  (a, b) -> {
                    throw new AssertionError("two are chosen: " + a + ", " + b);
                  })
              .orElseThrow();
      assertEquals(CostModel.kernel(explanation.config().kernel()), chosen.kernel().withFactor(1));
      for (Prediction other : explanation.predictions()) {
        assertTrue(
            other.verdict() == Verdict.REJECTED || other.cost().micros() >= chosen.cost().micros());
        assertEquals(other.verdict() == Verdict.CHOSEN, other.reason().isEmpty());
      }
      assertEquals(explanation.config().blocks(), explanation.winner().blocks());
    }
  }

  @Test
  void tuned_isWhatHappensUnlessAsked() {
    for (GemmDesc desc : problems().subList(0, 200)) {
      GemmConfig unasked = ConfigSelector.create(Options.defaults()).select(sm90, desc);
      GemmConfig asked =
          ConfigSelector.create(Options.defaults().with(Options.HEURISTICS, "tuned"))
              .select(sm90, desc);
      assertEquals(asked, unasked);
    }
  }

  @ParameterizedTest
  @EnumSource(value = GemmKind.class, mode = EnumSource.Mode.EXCLUDE, names = "NORMAL")
  void otherKinds_getTheClassicAnswer(GemmKind kind) {
    GemmDesc desc = GemmDesc.of(Signature.BF16.withKind(kind), Shape.of(kind, 4, 512, 4096, 7168));
    assertEquals(Archs.selector("1").select(sm90, desc), on.select(sm90, desc));
    assertEquals(Heuristics.CLASSIC, on.explain(sm90, desc).heuristics());
  }

  @Test
  void architectureWithoutAList_getsTheClassicAnswer() {
    ArchSpec sm100 = Archs.of("sm100");
    GemmDesc desc = GemmDesc.bf16(300, 4096, 7168, DataType.BF16);
    assertEquals(Archs.selector("1").select(sm100, desc), on.select(sm100, desc));
  }

  @Test
  void enormousK_forWhichNoScalesFit_getsWhatTheClassicRulesSay() {
    GemmDesc desc = GemmDesc.fp8(64, 4096, 128 * 40_000);
    assertEquals(Archs.selector("1").select(sm90, desc), on.select(sm90, desc));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp8", "bf16"})
  void kernelSet_ofAnyM_isWithinTheList(String dtype) {
    List<GemmDesc> problems = new ArrayList<>();
    for (int[] nk : new int[][] {{2112, 7168}, {24_576, 1536}, {7168, 16_384}, {128, 7168}}) {
      problems.add(
          dtype.equals("fp8")
              ? GemmDesc.fp8(1, nk[0], nk[1])
              : GemmDesc.bf16(1, nk[0], nk[1], DataType.BF16));
    }
    int list = sm90.tuning(problems.get(0).signature()).orElseThrow().portfolio().size();
    MRange range = new MRange(1, 3000);
    KernelSet set = KernelSet.of(on, sm90, problems, range);
    assertTrue(set.size() <= list && set.size() > 3, set + " of " + list);
    assertEquals(set, KernelSet.of(off, sm90, problems, range));
  }

  @Test
  void lists_areShort_withoutDoubles_andCanBeEmitted() {
    for (GemmDesc desc :
        List.of(GemmDesc.fp8(1, 16, 128), GemmDesc.bf16(1, 16, 64, DataType.BF16))) {
      List<Tuning.Kernel> list = sm90.tuning(desc.signature()).orElseThrow().portfolio();
      assertTrue(list.size() <= 48, "kernels: " + list.size());
      Set<Tuning.Kernel> different = new HashSet<>();
      for (Tuning.Kernel kernel : list) {
        assertTrue(different.add(kernel.withFactor(1)), kernel::toString);
        GemmConfig config =
            on.configure(
                sm90, desc, kernel.tile(), kernel.stages(), kernel.multicast(), kernel.team());
        assertEquals("", sm90.kernels().orElseThrow().canEmit(config.kernel()).reason());
      }
    }
  }

  @Test
  void cost_isTheSumOfItsParts_timesTheFactor() {
    GemmDesc desc = GemmDesc.fp8(512, 4096, 7168).withSmLimit(132);
    Tuning tuning = sm90.tuning(desc.signature()).orElseThrow();
    Tuning.Kernel kernel = CostModel.kernel(Archs.selector("1").select(sm90, desc).kernel());
    CostModel model = new CostModel(sm90, tuning.parameters());
    Cost cost = model.cost(desc, kernel);
    double parts = cost.launch() + cost.fill() + cost.steps() + cost.ends() + cost.reduction();
    assertEquals(parts, cost.micros(), 1e-9);
    assertEquals(1.25 * parts, model.cost(desc, kernel.withFactor(1.25)).micros(), 1e-9);
    assertTrue(cost.steps() >= cost.memory(), cost::toString);
  }

  @Test
  void cost_growsWithTheProblem() {
    Tuning tuning = sm90.tuning(Signature.FP8).orElseThrow();
    CostModel model = new CostModel(sm90, tuning.parameters());
    GemmDesc small = GemmDesc.fp8(512, 4096, 7168).withSmLimit(132);
    Tuning.Kernel kernel = CostModel.kernel(Archs.selector("1").select(sm90, small).kernel());
    double[] micros =
        IntStream.of(512, 1024, 4096, 16_384)
            .mapToDouble(m -> model.cost(small.withM(m), kernel).micros())
            .toArray();
    for (int i = 1; i < micros.length; i++) {
      assertTrue(micros[i] > micros[i - 1]);
    }
    assertTrue(model.cost(small.withK(14_336), kernel).micros() > micros[0]);
  }
}
