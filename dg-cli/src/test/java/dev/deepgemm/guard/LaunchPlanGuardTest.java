package dev.deepgemm.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.launch.GemmOperands;
import dev.deepgemm.api.launch.KernelArg;
import dev.deepgemm.api.launch.LaunchPlan;
import dev.deepgemm.api.launch.TensorMap;
import dev.deepgemm.guard.Problems.Kind;
import dev.deepgemm.guard.Problems.Policy;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.KernelProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The launches of SM90's kernels on fixed operands, in full. */
class LaunchPlanGuardTest {
  /** m, n, k and the SMs that a launch may use. Scales of a few rows of A are one long row. */
  private static final int[][] PROBLEMS = {
    {1, 2112, 7168, 132},
    {7, 4096, 1000, 132},
    {64, 2112, 7168, 78},
    {64, 7168, 16384, 132},
    {130, 24576, 1536, 132},
    {700, 2000, 1000, 131},
    {4096, 4096, 7168, 132}
  };

  private static final int EVERY = 9;
  private static final int PADDING = 64;

  private final Sm90Spec arch = new Sm90Spec();
  private final KernelProvider provider = arch.kernels().orElseThrow();
  private final List<String> lines = new ArrayList<>();

  @Test
  void plans_areThoseOfTheTable() {
    GuardTable.named("launch-plans.txt").check(plans());
  }

  private List<String> plans() {
    for (Kind kind : Kind.values()) {
      for (int[] problem : PROBLEMS) {
        for (Policy policy : Policy.values()) {
          selected(kind, problem, policy);
        }
      }
    }
    ListedKernel.all(arch).stream()
        .filter(kernel -> kernel.isOneIn(EVERY))
        .forEach(
            kernel ->
                plan("listed", kernel.kind(), kernel.config(arch), PADDING, kernel.stages() > 4));
    return lines;
  }

  /** With B constant and dense rows, and with neither. */
  private void selected(Kind kind, int[] problem, Policy policy) {
    GemmConfig config =
        policy
            .selector()
            .select(arch, kind.problem(problem[0], problem[1], problem[2]).withSmLimit(problem[3]));
    plan(policy.label(), kind, config, 0, true);
    plan(policy.label(), kind, config, PADDING, false);
  }

  private void plan(String by, Kind kind, GemmConfig config, int padding, boolean constantB) {
    int m = config.desc().m();
    int n = config.desc().n();
    int k = config.desc().k();
    String heading =
        String.format(
            "%s %s m=%d n=%d k=%d sms=%d%s%s",
            by,
            kind.label(),
            m,
            n,
            k,
            config.desc().smLimit(),
            padding == 0 ? "" : " padded",
            constantB ? " constantB" : "");
    GemmOperands operands = Problems.operands(kind, m, n, k, padding, constantB);
    assertEquals(List.of(), provider.check(config.desc(), operands), heading);
    lines.addAll(LaunchPlanText.of(heading, config, provider.plan(config, operands)));
  }

  @Test
  void text_hasEveryFieldOfALaunch() {
    GemmConfig config = Policy.CLASSIC.selector().select(arch, Kind.BF16.problem(64, 64, 64));
    Set<List<String>> texts = new HashSet<>();
    List<LaunchPlan> plans =
        List.of(
            new LaunchPlan(1, 1, 1, 1, List.of()),
            new LaunchPlan(2, 1, 1, 1, List.of()),
            new LaunchPlan(1, 2, 1, 1, List.of()),
            new LaunchPlan(1, 1, 2, 1, List.of()),
            new LaunchPlan(1, 1, 1, 2, List.of()),
            with(new KernelArg.Int(16)),
            with(new KernelArg.Int(17)),
            with(new KernelArg.Address(16)),
            with(new KernelArg.Address(17)),
            with(map(TensorMap.Element.U8, 16, 64, 64, 32, TensorMap.Swizzle.B32, 0)),
            with(map(TensorMap.Element.BF16, 16, 64, 64, 16, TensorMap.Swizzle.B32, 0)),
            with(map(TensorMap.Element.U8, 32, 64, 64, 32, TensorMap.Swizzle.B32, 0)),
            with(map(TensorMap.Element.U8, 16, 65, 64, 32, TensorMap.Swizzle.B32, 0)),
            with(map(TensorMap.Element.U8, 16, 64, 80, 32, TensorMap.Swizzle.B32, 0)),
            with(map(TensorMap.Element.U8, 16, 64, 64, 16, TensorMap.Swizzle.B32, 0)),
            with(map(TensorMap.Element.U8, 16, 64, 64, 32, TensorMap.Swizzle.B64, 0)),
            with(map(TensorMap.Element.U8, 16, 64, 64, 32, TensorMap.Swizzle.B32, 64)));
    for (LaunchPlan plan : plans) {
      assertTrue(texts.add(LaunchPlanText.of("same", config, plan)), plan::toString);
    }
  }

  private static LaunchPlan with(KernelArg arg) {
    return new LaunchPlan(1, 1, 1, 1, List.of(arg));
  }

  private static KernelArg map(
      TensorMap.Element type,
      long address,
      long columns,
      long stride,
      int box,
      TensorMap.Swizzle swizzle,
      int l2) {
    return new KernelArg.Map(
        TensorMap.builder(type)
            .address(address)
            .dim(columns)
            .dim(2L, stride)
            .box(box, 1)
            .swizzle(swizzle)
            .l2Promotion(l2)
            .build());
  }

  @Test
  void plans_areOfEveryKind() {
    String text = String.join("\n", plans());
    for (String part :
        List.of("cluster 8", "cluster 4", "_mca", "_mcb", "_t16x", "_t256x", "_sk")) {
      assertTrue(text.contains(part), part);
    }
    assertTrue(text.contains("dims 221 x 1, strides 16"), "no scales of A in one long row");
    // Where warps store D themselves, they are given its address.
    Set<Boolean> storedByWarps = new HashSet<>();
    for (String launch : text.split("\n(?! )")) {
      storedByWarps.add(launch.contains("  u64 0x7f3000000200"));
    }
    assertEquals(Set.of(false, true), storedByWarps);
  }
}
