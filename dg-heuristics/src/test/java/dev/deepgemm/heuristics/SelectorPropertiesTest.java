package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.heuristics.Explanation.TileCandidate;
import dev.deepgemm.heuristics.Explanation.Verdict;
import dev.deepgemm.spi.ArchSpec;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What holds for every problem, checked on random ones. The seed is fixed, so that a build that passed
 * passes again; {@code -Ddg.test.seed=N -Ddg.test.problems=N} looks elsewhere and longer. A failure
 * names the seed.
 */
class SelectorPropertiesTest {
  private static final int PROBLEMS = Integer.getInteger("dg.test.problems", 4_000);

  private final long seed = Long.getLong("dg.test.seed", 239);
  private final ConfigSelector on = Archs.selector("1");
  private final ConfigSelector off = Archs.selector("0");

  /** Runs a check on many problems; a failure names the seed and the problem. */
  private void forAll(String id, BiConsumer<ArchSpec, GemmDesc> check) {
    ArchSpec arch = Archs.of(id);
    RandomProblems problems = new RandomProblems(id, seed);
    for (int i = 0; i < PROBLEMS; i++) {
      GemmDesc desc = problems.next();
      try {
        check.accept(arch, desc);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Ddg.test.seed=" + seed + ", problem " + i + ": " + desc, e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_anyProblem_isLegalAndFits(String id) {
    forAll(
        id,
        (arch, desc) -> {
          GemmConfig config = on.select(arch, desc);
          KernelSpec kernel = config.kernel();
          assertTrue(config.smemBytes() <= arch.smemCapacity(), () -> "too large: " + config);
          assertEquals("", LegalTiles.legality(arch, config.desc(), kernel.tile()).reason());
          assertTrue(arch.candidateMs(desc).contains(kernel.tile().m()));
          assertTrue(arch.blockNs(desc.signature()).contains(kernel.tile().n()));
          assertEquals(arch.blockK(desc.signature()), kernel.tile().k());
          assertEquals("", arch.stages(desc.signature(), kernel.tile(), kernel.stages()).reason());
          assertEquals(arch.threads(desc.signature(), kernel.tile()), kernel.threads());
          assertTrue(config.numLastStages() >= 0 && config.numLastStages() < kernel.stages());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_anyProblem_hasTheDeepestPipelineThatFits(String id) {
    forAll(
        id,
        (arch, desc) -> {
          GemmConfig config = on.select(arch, desc);
          Tile tile = config.kernel().tile();
          for (int deeper = config.kernel().stages() + 1; deeper <= 32; deeper++) {
            boolean fits = config.smem().total(deeper) <= arch.smemCapacity();
            assertFalse(
                fits && arch.stages(desc.signature(), tile, deeper).isLegal(),
                "could be deeper: " + deeper);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_anyProblem_staysWithinTheSmLimitInWholeClusters(String id) {
    forAll(
        id,
        (arch, desc) -> {
          int limit = desc.smLimit() == GemmDesc.ALL_SMS ? arch.defaultNumSms() : desc.smLimit();
          for (ConfigSelector selector : new ConfigSelector[] {on, off}) {
            GemmConfig config = selector.select(arch, desc);
            assertEquals(limit, config.desc().smLimit());
            assertTrue(config.numSms() >= 1 && config.numSms() <= limit, () -> "SMs of " + config);
            assertEquals(0, config.numSms() % config.kernel().multicast().ctas());
          }
          assertEquals(limit, off.select(arch, desc).numSms());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_switch_changesTheSmCountAlone(String id) {
    forAll(
        id,
        (arch, desc) -> {
          GemmConfig fewest = on.select(arch, desc);
          GemmConfig all = off.select(arch, desc);
          assertEquals(all.kernel(), fewest.kernel());
          assertEquals(all.kernel().id(), fewest.kernel().id());
          assertEquals(all.smem(), fewest.smem());
          assertEquals(all.desc(), fewest.desc());
          assertEquals(all.numLastStages(), fewest.numLastStages());
          assertEquals(all.waves(), fewest.waves());
        });
  }

  /** One cluster fewer would add a wave: the count is not only small enough, it is the smallest. */
  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_minimised_cannotDoWithOneClusterFewer(String id) {
    forAll(
        id,
        (arch, desc) -> {
          GemmConfig config = on.select(arch, desc);
          int fewer = config.numSms() - config.kernel().multicast().ctas();
          assertTrue(
              fewer == 0 || (config.blocks() + fewer - 1) / fewer > config.waves(),
              () -> "fewer SMs would do: " + config);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_sharing_followsTheRules(String id) {
    forAll(
        id,
        (arch, desc) -> {
          GemmConfig config = on.select(arch, desc);
          Tile tile = config.kernel().tile();
          int sms = config.desc().smLimit();
          boolean legalA = arch.multicast(desc, tile, Multicast.ON_A, sms).isLegal();
          boolean legalB = arch.multicast(desc, tile, Multicast.ON_B, sms).isLegal();
          Multicast expected = Multicast.NONE;
          if (desc.m() >= 512) {
            boolean preferA = tile.m() > tile.n();
            if (legalA && (preferA || !legalB)) {
              expected = Multicast.ON_A;
            } else if (legalB) {
              expected = Multicast.ON_B;
            }
          }
          assertEquals(expected, config.kernel().multicast());
        });
  }

  /** Re-derives the choice of the tile from the candidates, by brute force. */
  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void explain_winner_isBeatenByNoCandidate(String id) {
    forAll(
        id,
        (arch, desc) -> {
          Explanation explanation = on.explain(arch, desc);
          assertEquals(on.select(arch, desc), explanation.config());
          TileCandidate winner = explanation.winner();
          assertEquals(explanation.config().kernel().tile(), winner.tile());
          assertEquals(
              arch.candidateMs(desc).size() * arch.blockNs(desc.signature()).size(),
              explanation.tiles().size());
          for (TileCandidate tile : explanation.tiles()) {
            assertEquals(tile.verdict() == Verdict.CHOSEN, tile.reason().isEmpty());
            assertEquals(
                LegalTiles.legality(arch, desc, tile.tile()).isLegal()
                    && arch.classic(desc.signature(), tile.tile()).isLegal(),
                tile.verdict() != Verdict.REJECTED);
            if (tile.verdict() == Verdict.LOST) {
              assertNotBetter(tile, winner);
            }
          }
        });
  }

  private static void assertNotBetter(TileCandidate loser, TileCandidate winner) {
    String what = loser + " lost against " + winner;
    if (loser.waves() != winner.waves()) {
      assertTrue(loser.waves() > winner.waves(), what);
    } else if (loser.lastWave() != winner.lastWave()) {
      assertTrue(loser.lastWave() < winner.lastWave(), what);
    } else {
      assertEquals(loser.blocks(), winner.blocks(), what);
      assertFalse(
          loser.tile().n() == winner.tile().n() && loser.tile().m() < winner.tile().m(), what);
      assertFalse(
          loser.tile().m() == winner.tile().m() && loser.tile().n() < winner.tile().n(), what);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_again_answersTheSame(String id) {
    forAll(
        id,
        (arch, desc) ->
            assertEquals(on.select(arch, desc), Archs.selector("1").select(Archs.of(id), desc)));
  }

  /** The promise of the project: sizes and SM counts do not make kernels. */
  @ParameterizedTest
  @ValueSource(strings = {"sm90", "sm100"})
  void select_sameChoicesForOtherSizes_areTheSameKernel(String id) {
    Map<String, KernelSpec> kernels = new HashMap<>();
    forAll(
        id,
        (arch, desc) -> {
          KernelSpec kernel = on.select(arch, desc).kernel();
          KernelSpec same = kernels.putIfAbsent(kernel.id(), kernel);
          assertTrue(same == null || same.equals(kernel), () -> kernel + " and " + same);
        });
    assertTrue(kernels.size() < PROBLEMS, "no two problems shared a kernel");
  }

  @Test
  void kernelSpec_components_holdNoSize() {
    assertAll(
        Arrays.stream(KernelSpec.class.getRecordComponents())
            .map(RecordComponent::getName)
            .map(
                name ->
                    () ->
                        assertFalse(
                            name.matches("(?i)m|n|k|.*groups?|.*sms?|.*limit|.*last.*"), name)));
  }
}
