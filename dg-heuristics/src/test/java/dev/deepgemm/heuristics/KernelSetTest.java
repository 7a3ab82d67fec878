package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.SmemUsage;
import dev.deepgemm.heuristics.KernelSet.Need;
import dev.deepgemm.heuristics.KernelSet.Use;
import dev.deepgemm.spi.ArchSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelSetTest {
  /** The shapes for which DeepGEMM's own counts are known: 490 and 177 kernels, 566 and 219. */
  private static final int[][] PAIRS = {
    {2112, 7168}, {24576, 1536}, {32768, 512}, {7168, 16384}, {4096, 7168}, {7168, 2048},
    {576, 7168}, {129280, 7168}, {1536, 7168}, {3072, 1536}, {7168, 4608}, {128, 7168},
  };

  private static final MRange SERVING = new MRange(1, 16384);

  private static GemmDesc fp8(int n, int k) {
    return GemmDesc.fp8(1, n, k);
  }

  private static GemmDesc bf16(int n, int k) {
    return GemmDesc.bf16(1, n, k, DataType.BF16);
  }

  private static List<GemmDesc> problems(String dtype) {
    BiFunction<Integer, Integer, GemmDesc> make =
        dtype.equals("fp8") ? KernelSetTest::fp8 : KernelSetTest::bf16;
    List<GemmDesc> problems = new ArrayList<>();
    for (int[] pair : PAIRS) {
      problems.add(make.apply(pair[0], pair[1]));
    }
    return problems;
  }

  @ParameterizedTest
  @CsvSource({"fp8, 92", "bf16, 73"})
  void of_twelveServingShapes_isSmallAndTheSameForBothValuesOfTheSwitch(String dtype, int most) {
    ArchSpec sm90 = Archs.of("sm90");
    KernelSet on = KernelSet.of(Archs.selector("1"), sm90, problems(dtype), SERVING);
    KernelSet off = KernelSet.of(Archs.selector("0"), sm90, problems(dtype), SERVING);
    assertTrue(on.size() <= most, () -> on + "; at most " + most);
    assertTrue(on.size() > most / 2, () -> on + " is suspiciously few");
    assertEquals(on, off);
  }

  @ParameterizedTest
  @CsvSource({"sm90, fp8", "sm90, bf16", "sm100, bf16"})
  void of_anyM_namesTheRunThatTheSelectorAnswersWith(String arch, String dtype) {
    ArchSpec spec = Archs.of(arch);
    ConfigSelector selector = Archs.selector("1");
    List<GemmDesc> problems = problems(dtype).subList(0, 4);
    KernelSet set = KernelSet.of(selector, spec, problems, new MRange(7, 3000));
    Map<GemmDesc, int[]> covered = new HashMap<>();
    for (Use use : set.uses()) {
      for (Need need : use.needs()) {
        int[] count = covered.computeIfAbsent(need.problem(), problem -> new int[3001]);
        for (int m = need.m().first(); m <= need.m().last(); m++) {
          count[m]++;
          assertEquals(
              selector.select(spec, need.problem().withM(m)).kernel(), use.kernel(), "m " + m);
        }
      }
    }
    assertEquals(4, covered.size());
    covered
        .values()
        .forEach(
            count -> {
              for (int m = 0; m <= 3000; m++) {
                assertEquals(m < 7 ? 0 : 1, count[m], "ranges that cover m " + m);
              }
            });
  }

  @Test
  void of_neighbouringRuns_areMergedAcrossTasks() {
    KernelSet set =
        KernelSet.of(
            Archs.selector("1"), Archs.of("sm90"), List.of(fp8(7168, 2048)), new MRange(1, 5000));
    for (Use use : set.uses()) {
      for (int i = 1; i < use.needs().size(); i++) {
        assertTrue(
            use.needs().get(i - 1).m().last() + 1 < use.needs().get(i).m().first(),
            use.needs()::toString);
      }
    }
  }

  @Test
  void of_problemsInAnotherOrderAndTwice_hasTheSameKernelsInTheSameOrder() {
    List<GemmDesc> problems = problems("fp8");
    MRange m = new MRange(1, 700);
    KernelSet set = KernelSet.of(Archs.selector("1"), Archs.of("sm90"), problems, m);
    List<GemmDesc> shuffled = new ArrayList<>(problems);
    shuffled.addAll(problems);
    Collections.shuffle(shuffled, new Random(4));
    KernelSet other = KernelSet.of(Archs.selector("1"), Archs.of("sm90"), shuffled, m);
    assertEquals(set.kernels(), other.kernels());
    for (Use use : set.uses()) {
      assertEquals(use.selections(), other.use(use.kernel()).orElseThrow().selections());
    }
    assertEquals(700L * PAIRS.length, set.uses().stream().mapToLong(Use::selections).sum());
  }

  @Test
  void of_twoSmLimits_holdsTheKernelsOfBoth() {
    GemmDesc whole = fp8(2112, 7168);
    GemmDesc part = whole.withSmLimit(112);
    MRange m = new MRange(1, 4096);
    ArchSpec sm90 = Archs.of("sm90");
    KernelSet all = KernelSet.of(Archs.selector("1"), sm90, List.of(whole), m);
    KernelSet some = KernelSet.of(Archs.selector("1"), sm90, List.of(part), m);
    KernelSet both = KernelSet.of(Archs.selector("1"), sm90, List.of(whole, part), m);
    assertNotEquals(all.kernels(), some.kernels());
    Set<KernelSpec> union = new HashSet<>(all.kernels());
    union.addAll(some.kernels());
    assertEquals(union, new HashSet<>(both.kernels()));
    assertEquals(union.size(), both.size());
  }

  @Test
  void of_groupedProblem_listsKernelsOfItsKind() {
    GemmDesc masked =
        GemmDesc.of(
            Signature.FP8.withKind(GemmKind.M_GROUPED_MASKED),
            Shape.of(GemmKind.M_GROUPED_MASKED, 32, 1, 4096, 7168));
    KernelSet set =
        KernelSet.of(Archs.selector("1"), Archs.of("sm90"), List.of(masked), new MRange(1, 256));
    assertEquals(
        List.of(GemmKind.M_GROUPED_MASKED),
        set.kernels().stream().map(KernelSpec::kind).distinct().toList());
    assertTrue(set.size() > 1, set::toString);
  }

  @Test
  void of_severalImpossibleProblems_tellsAllReasonsAtOnce() {
    // So long a k that room for the scales of B leaves none for a stage.
    GemmDesc deep = fp8(4096, 8_000_000);
    GemmDesc wrong =
        GemmDesc.of(
            Signature.BF16.withTypes(DataType.FP32, DataType.FP32), new Shape.Dense(1, 128, 128));
    UnsupportedGemmException e =
        assertThrows(
            UnsupportedGemmException.class,
            () ->
                KernelSet.of(
                    Archs.selector("1"),
                    Archs.of("sm90"),
                    List.of(deep, fp8(128, 128), wrong),
                    new MRange(1, 20)));
    List<String> ids =
        e.problems().stream().map(problem -> problem.id()).distinct().collect(Collectors.toList());
    assertEquals(List.of("DG-SMEM-01", "DG-CONF-01"), ids);
  }

  /** An architecture whose answer changes at one single m, which no stride would find. */
  @Test
  void of_ruleForASingleM_isFound() {
    ArchSpec sm90 = Archs.of("sm90");
    ArchSpec odd =
        (ArchSpec)
            java.lang.reflect.Proxy.newProxyInstance(
                ArchSpec.class.getClassLoader(),
                new Class<?>[] {ArchSpec.class},
                (proxy, method, args) -> {
                  Object answer = method.invoke(sm90, args);
                  return method.getName().equals("smem") && ((GemmDesc) args[0]).m() == 1237
                      ? withRoomForOneStage((SmemUsage) answer, sm90.smemCapacity())
                      : answer;
                });
    GemmDesc problem = fp8(4096, 7168);
    MRange m = new MRange(1, 2000);
    KernelSet usual = KernelSet.of(Archs.selector("1"), sm90, List.of(problem), m);
    KernelSet special = KernelSet.of(Archs.selector("1"), odd, List.of(problem), m);
    assertEquals(usual.size() + 1, special.size());
    Use extra =
        special.uses().stream().filter(use -> use.kernel().stages() == 1).findFirst().orElseThrow();
    assertEquals(List.of(new Need(problem, new MRange(1237, 1237))), extra.needs());
  }

  private static SmemUsage withRoomForOneStage(SmemUsage usage, int capacity) {
    SmemUsage.Builder builder = SmemUsage.builder();
    for (SmemUsage.Part part : usage.parts()) {
      if (part.perStage()) {
        builder.perStage(part.name(), part.bytes());
      } else {
        builder.fixed(part.name(), part.bytes());
      }
    }
    return builder.fixed("a whim", capacity - usage.total(1)).build();
  }

  @Test
  void range_thatIsNone_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new MRange(0, 3));
    assertThrows(IllegalArgumentException.class, () -> new MRange(4, 3));
    assertEquals(3, new MRange(4, 6).size());
    assertEquals("4-6", new MRange(4, 6).toString());
    assertEquals("4", new MRange(4, 4).toString());
  }

  @Test
  void of_rangeThatEndsAtTheLargestInteger_ends() {
    int end = Integer.MAX_VALUE;
    KernelSet set =
        KernelSet.of(
            Archs.selector("1"),
            Archs.of("sm90"),
            List.of(fp8(128, 7168)),
            new MRange(end - 600, end));
    assertEquals(601, set.uses().stream().mapToLong(Use::selections).sum());
  }
}
