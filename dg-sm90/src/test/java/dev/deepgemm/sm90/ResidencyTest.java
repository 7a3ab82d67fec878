package dev.deepgemm.sm90;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Team;
import dev.deepgemm.api.ThreadRoles;
import dev.deepgemm.api.Tile;
import org.junit.jupiter.api.Test;

class ResidencyTest {
  private static KernelSpec spec(Specs.Kind kind, int bm, int bn, int stages) {
    return Specs.spec(kind, bm, bn, stages, Multicast.NONE);
  }

  @Test
  void neighbour_fits_whereHalfOfTheSharedMemoryDoes() {
    // 64 x 64 in FP8: 16,640 B a stage and 8 KiB of D; half an SM is 115,712 B.
    assertEquals(2, Residency.ctasPerSm(spec(Specs.Kind.FP8, 64, 64, 6)));
    assertEquals(1, Residency.ctasPerSm(spec(Specs.Kind.FP8, 64, 64, 7)));
    assertEquals(2, Residency.ctasPerSm(spec(Specs.Kind.BF16, 16, 32, 16)));
  }

  @Test
  void neighbour_doesNotFit_whereItsSumsDoNotFitHalfOfTheRegisters() {
    // Two warpgroups, 128 columns: 64 sums, the file's half has 80 per thread at launch.
    assertEquals(1, Residency.ctasPerSm(spec(Specs.Kind.BF16, 128, 128, 2)));
    assertEquals(2, Residency.ctasPerSm(spec(Specs.Kind.BF16, 128, 64, 2)));
  }

  @Test
  void budget_neverHandsOutMoreThanItHas() {
    for (int math : new int[] {128, 256, 384, 512, 896}) {
      for (int ctas = 1; ctas <= 2; ctas++) {
        RegisterBudget budget = new RegisterBudget(math, ctas);
        int handedOut = 128 * budget.producer() + math * budget.math();
        assertTrue(handedOut <= 65_536 / ctas, budget + " hands out " + handedOut);
        assertTrue(handedOut <= budget.launch() * (128 + math), budget + " hands out " + handedOut);
      }
    }
    assertEquals(168, new RegisterBudget(256, 1).launch());
    assertEquals(232, new RegisterBudget(256, 1).math());
    assertEquals(128, new RegisterBudget(128, 2).launch());
  }

  @Test
  void module_asksForRoom_forAsManyAsFit() {
    Sm90Kernels kernels = new Sm90Kernels(new Sm90Spec());
    String two = kernels.emit(spec(Specs.Kind.FP8, 64, 64, 6)).text();
    assertTrue(two.contains(".minnctapersm 2"), "two fit");
    String one = kernels.emit(spec(Specs.Kind.FP8, 64, 64, 7)).text();
    assertTrue(one.contains(".minnctapersm 1"), "one fits");
    // The next grid is let in behind the last load where it has room beside, else at once.
    String trigger = "griddepcontrol.launch_dependents";
    String load = "cp.async.bulk.tensor.2d.shared::cluster.global";
    assertTrue(two.indexOf(trigger) > two.lastIndexOf(load), "late");
    assertTrue(one.indexOf(trigger) < one.indexOf(load), "early");
  }

  @Test
  void spec_answersLikeTheKernel_whateverTheSizes() {
    Sm90Spec arch = new Sm90Spec();
    Team team = Team.of(ThreadRoles.producerConsumer(128, 128));
    for (int stages = 1; stages <= 13; stages++) {
      int expected = Residency.ctasPerSm(spec(Specs.Kind.FP8, 64, 64, stages));
      for (int k : new int[] {128, 100_000}) {
        GemmDesc desc = GemmDesc.fp8(64, 4096, k);
        assertEquals(expected, arch.ctasPerSm(desc, new Tile(64, 64, 128), stages, team));
      }
    }
  }
}
