package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.DeepGemmException;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Problem;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.sm90.Sm90Spec;
import dev.deepgemm.spi.Legality;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConfigSelectorTest {
  private final ConfigSelector selector = ConfigSelector.create(Archs.classic());

  private static GemmDesc bf16(int m, int n, int k) {
    return GemmDesc.bf16(m, n, k, DataType.BF16);
  }

  private static void assertProblem(String id, String part, DeepGemmException e) {
    assertEquals(List.of(id), e.problems().stream().map(Problem::id).toList());
    assertTrue(
        e.problems().get(0).message().contains(part),
        () -> "\"" + part + "\" not in: " + e.getMessage());
  }

  @Test
  void select_noLimit_resolvesToTheArchitecturesSms() {
    GemmConfig config = selector.select(new Sm90Spec(), bf16(8192, 8192, 4096));
    assertEquals(132, config.desc().smLimit());
    assertEquals(config, selector.select(new Sm90Spec(), bf16(8192, 8192, 4096).withSmLimit(132)));
  }

  @Test
  void select_limit_isKept() {
    GemmConfig config = selector.select(new Sm90Spec(), bf16(8192, 8192, 4096).withSmLimit(112));
    assertEquals(112, config.desc().smLimit());
    assertTrue(config.numSms() <= 112);
  }

  @Test
  void select_memoryThatFillsTheCapacityExactly_fits() {
    assertEquals(5, selector.select(new FakeArch(), bf16(64, 64, 64)).kernel().stages());
  }

  @Test
  void select_oneByteTooMuch_takesOneStageLess() {
    FakeArch smaller =
        new FakeArch() {
          @Override
          public int smemCapacity() {
            return super.smemCapacity() - 1;
          }
        };
    assertEquals(4, selector.select(smaller, bf16(64, 64, 64)).kernel().stages());
  }

  @Test
  void select_moreRoomThanThirtyTwoStages_takesThirtyTwo() {
    FakeArch larger =
        new FakeArch() {
          @Override
          public int smemCapacity() {
            return 1 << 20;
          }
        };
    assertEquals(32, selector.select(larger, bf16(64, 64, 64)).kernel().stages());
  }

  @Test
  void select_notEvenOneStageFits_saysTheNumbers() {
    UnsupportedGemmException e =
        assertThrows(
            UnsupportedGemmException.class,
            () -> selector.select(new Sm90Spec(), bf16(16, 64, 5_000_064)));
    assertProblem(
        "DG-SMEM-01",
        "1 stage x 4,112 B + 313,528 B = 317,640 B exceeds 232,448 B of shared memory on sm_90a",
        e);
    assertProblem("DG-SMEM-01", "k 5,000,064", e);
  }

  @Test
  void select_noLegalTile_saysWhy() {
    FakeArch picky =
        new FakeArch() {
          @Override
          public Legality tile(Signature signature, Tile tile) {
            return Legality.illegal("%s is not to my taste", tile);
          }
        };
    assertProblem(
        "DG-CONF-05",
        "none of the 4 tiles of fake is legal",
        assertThrows(
            UnsupportedGemmException.class, () -> selector.select(picky, bf16(64, 64, 64))));
  }

  @Test
  void select_moreTilesThanAnIntCounts_refuses() {
    int huge = Integer.MAX_VALUE;
    assertProblem(
        "DG-CONF-05",
        "at most 2,147,483,647 can be counted",
        assertThrows(
            UnsupportedGemmException.class,
            () -> selector.select(new Sm90Spec(), bf16(huge, huge, 64))));
  }

  @Test
  void select_rowsThatNoSwizzleDivides_refuses() {
    FakeArch odd =
        new FakeArch() {
          @Override
          public List<Integer> blockNs(Signature signature) {
            return List.of(20);
          }
        };
    assertProblem(
        "DG-CONF-06",
        "tile of D is 40 bytes",
        assertThrows(UnsupportedGemmException.class, () -> selector.select(odd, bf16(64, 64, 64))));
  }

  @Test
  void select_unsupportedTypes_reportsAllOfThem() {
    Signature fp32 =
        Signature.BF16.withTypes(DataType.FP32, DataType.FP32).withOutput(DataType.FP8_E4M3);
    GemmDesc desc = GemmDesc.of(fp32, new Shape.Dense(64, 64, 64));
    UnsupportedGemmException e =
        assertThrows(UnsupportedGemmException.class, () -> selector.select(new Sm90Spec(), desc));
    assertEquals(
        List.of("DG-CONF-01", "DG-CONF-02"), e.problems().stream().map(Problem::id).toList());
  }

  @Test
  void select_tallTile_sharesTheLongerSideFirst() {
    // 256 x 128: both sides are legal on SM90, and A is the larger operand.
    GemmConfig tall = selector.select(new Sm90Spec(), GemmDesc.fp8(4096, 4096, 7168));
    assertEquals(new Tile(256, 128, 128), tall.kernel().tile());
    assertEquals(Multicast.ON_A, tall.kernel().multicast());
  }

  @Test
  void select_multicast_startsAtFiveHundredAndTwelveRows() {
    FakeArch arch = new FakeArch();
    assertEquals(Multicast.NONE, selector.select(arch, bf16(511, 64, 64)).kernel().multicast());
    assertEquals(Multicast.ON_B, selector.select(arch, bf16(512, 64, 64)).kernel().multicast());
  }

  @Test
  void select_numLastStages_countsTheLastRoundOfK() {
    // 5 stages: 7 k-blocks leave 2, 10 leave none.
    assertEquals(2, selector.select(new FakeArch(), bf16(64, 64, 6 * 64 + 1)).numLastStages());
    assertEquals(0, selector.select(new FakeArch(), bf16(64, 64, 10 * 64)).numLastStages());
  }

  /** Reasons are for humans; a selection must not spend its time writing them. */
  @Test
  void select_illegalTiles_areNotPutIntoWords() {
    Object unprintable =
        new Object() {
          @Override
          public String toString() {
            throw new AssertionError("select wrote a reason");
          }
        };
    FakeArch arch =
        new FakeArch() {
          @Override
          public Legality tile(Signature signature, Tile tile) {
            return tile.m() == 64 ? Legality.illegal("%s", unprintable) : Legality.legal();
          }
        };
    assertEquals(128, selector.select(arch, bf16(64, 64, 64)).kernel().tile().m());
    assertThrows(AssertionError.class, () -> selector.explain(arch, bf16(64, 64, 64)));
  }

  @Test
  void select_manyThreads_agree() {
    GemmDesc base = GemmDesc.fp8(1, 4096, 7168);
    var parallel = new ConcurrentHashMap<Integer, GemmConfig>();
    IntStream.rangeClosed(1, 500)
        .parallel()
        .forEach(m -> parallel.put(m, selector.select(new Sm90Spec(), base.withM(m))));
    for (int m = 1; m <= 500; m++) {
      assertEquals(selector.select(new Sm90Spec(), base.withM(m)), parallel.get(m));
    }
  }
}
