package dev.deepgemm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.ptx.sync.Arrivals;
import dev.deepgemm.ptx.sync.Mbarrier;
import dev.deepgemm.ptx.sync.NamedBarrier;
import dev.deepgemm.ptx.sync.NamedBarriers;
import dev.deepgemm.ptx.sync.Rounds;
import dev.deepgemm.ptx.sync.Sync;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyncTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 20, 260})
  void registers_thatSetmaxnregDoesNotTake_areRefused(int registers) {
    Emit.sm90(
        code ->
            assertThrows(
                IllegalArgumentException.class, () -> Sync.registersUpTo(code, registers)));
  }

  @Test
  void arrivals_ofACluster_countEveryCta() {
    Arrivals arrivals = Arrivals.of(8, "math warps").inEachOf(2);
    assertEquals(16, arrivals.count());
    assertEquals("8 math warps in each of 2 CTAs", arrivals.toString());
    List<String> lines = Emit.sm90(code -> Mbarrier.at(code, code.dynamicSmem()).init(arrivals));
    assertTrue(lines.contains("mbarrier.init.shared::cta.b64 [%r0], 16;"));
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0", "1048576, 1", "1024, 1024"})
  void arrivals_thatABarrierCannotCount_areRefused(int each, int ctas) {
    assertThrows(IllegalArgumentException.class, () -> Arrivals.of(each, "warps").inEachOf(ctas));
  }

  @Test
  void barriers_areNumberedInTheOrderInWhichTheyAreAskedFor() {
    NamedBarriers barriers = new NamedBarriers(384);
    NamedBarrier.Array teams = barriers.allocate("teams", 2, 128);
    NamedBarrier all = barriers.allocate("all", 256);
    List<String> lines =
        Emit.sm90(
            code -> {
              barriers.cta().arrive(code);
              teams.of(code, code.u32(1)).sync(code);
              all.sync(code);
              all.inRegister(code).arrive(code);
            });
    assertTrue(lines.contains("bar.arrive 0, 384;"));
    assertTrue(lines.contains("add.u32 %r1, %r0, 1;"));
    assertTrue(lines.contains("bar.sync %r1, 128;"));
    assertTrue(lines.contains("bar.sync 3, 256;"));
    assertTrue(lines.contains("mov.u32 %r2, 3;"));
    assertTrue(lines.contains("bar.arrive %r2, 256;"));
  }

  @Test
  void barriers_beyondSixteen_areRefusedWithTheNamesOfThoseTaken() {
    NamedBarriers barriers = new NamedBarriers(384);
    barriers.allocate("teams", 14, 128);
    barriers.allocate("last", 128);
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> barriers.allocate("more", 128));
    assertTrue(error.getMessage().contains("more; 0 of 16"), error.getMessage());
    assertTrue(error.getMessage().contains("last"), error.getMessage());
  }

  @Test
  void barriers_ofOneName_areRefused() {
    NamedBarriers barriers = new NamedBarriers(384);
    barriers.allocate("teams", 128);
    assertThrows(IllegalArgumentException.class, () -> barriers.allocate("teams", 128));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 100, 1056})
  void barriers_ofThreadsThatAreNoWarps_areRefused(int threads) {
    NamedBarriers barriers = new NamedBarriers(384);
    assertThrows(IllegalArgumentException.class, () -> barriers.allocate("teams", threads));
  }

  @Test
  void rounds_flipTheParityThatTheyWaitFor() {
    List<String> lines =
        Emit.sm90(
            code -> {
              Mbarrier barrier = Mbarrier.at(code, code.dynamicSmem());
              Rounds.Round round = Rounds.of(code).begin();
              round.awaitPrevious(barrier);
              round.await(barrier);
              round.end();
            });
    List<String> waits = lines.stream().filter(line -> line.startsWith("mbarrier")).toList();
    assertTrue(waits.get(0).endsWith("%r2;"), waits.toString());
    assertTrue(waits.get(1).endsWith("%r1;"), waits.toString());
    assertTrue(lines.contains("xor.b32 %r2, %r1, 1;"));
    assertTrue(lines.contains("xor.b32 %r3, %r1, 1;"));
    assertTrue(lines.contains("mov.u32 %r1, %r3;"));
  }

  @Test
  void rounds_behind_beginWithTheParityThatAFreshBarrierAnswers() {
    assertTrue(Emit.sm90(code -> Rounds.behind(code)).contains("mov.u32 %r0, 1;"));
    assertFalse(Emit.sm90(code -> Rounds.of(code)).contains("mov.u32 %r0, 1;"));
  }

  @Test
  void round_thatHasEnded_cannotBeUsed() {
    Emit.sm90(
        code -> {
          Mbarrier barrier = Mbarrier.at(code, code.dynamicSmem());
          Rounds rounds = Rounds.of(code);
          Rounds.Round round = rounds.begin();
          assertThrows(IllegalStateException.class, rounds::begin);
          round.end();
          assertThrows(IllegalStateException.class, round::end);
          assertThrows(IllegalStateException.class, () -> round.await(barrier));
          assertThrows(IllegalStateException.class, () -> round.awaitPrevious(barrier));
          rounds.begin().end();
        });
  }

  @Test
  void round_thatALoopLeavesOpen_isRefused() {
    Emit.sm90(
        code -> {
          Rounds rounds = Rounds.of(code);
          assertThrows(
              IllegalStateException.class, () -> code.repeat(code.u32(4), i -> rounds.begin()));
        });
  }
}
