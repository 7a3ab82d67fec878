package dev.deepgemm.heuristics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.UnsupportedGemmException;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.heuristics.Explanation.MulticastCandidate;
import dev.deepgemm.heuristics.Explanation.Rounds;
import dev.deepgemm.heuristics.Explanation.StagesCandidate;
import dev.deepgemm.heuristics.Explanation.TileCandidate;
import dev.deepgemm.heuristics.Explanation.Verdict;
import dev.deepgemm.sm90.Sm90Spec;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private final Explanation explanation =
      Archs.selector("1").explain(new Sm90Spec(), GemmDesc.fp8(300, 4096, 7168));

  private TileCandidate tile(int bm, int bn) {
    return explanation.tiles().stream()
        .filter(candidate -> candidate.tile().equals(new Tile(bm, bn, 128)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void explain_tiles_sayWhatBecameOfThem() {
    assertEquals(48, explanation.tiles().size());
    assertEquals(
        new TileCandidate(new Tile(64, 160, 128), new Rounds(130, 1, 130), Verdict.CHOSEN, ""),
        explanation.winner());
    assertEquals(
        new TileCandidate(
            new Tile(64, 16, 128), new Rounds(1280, 10, 92), Verdict.LOST, "10 waves, not 1"),
        tile(64, 16));
    assertEquals("last wave on 129 SMs, not 130", tile(128, 96).reason());
    assertEquals(Verdict.REJECTED, tile(256, 144).verdict());
    assertTrue(tile(256, 144).reason().contains("256 x 144"));
  }

  @Test
  void explain_tie_namesTheRule() {
    // One row of tiles: every block_m from 16 on makes the same 32 tiles of 16 columns.
    Explanation tied = Archs.selector("1").explain(new Sm90Spec(), GemmDesc.fp8(16, 512, 7168));
    assertEquals(new Tile(16, 16, 128), tied.winner().tile());
    TileCandidate larger =
        tied.tiles().stream()
            .filter(candidate -> candidate.tile().equals(new Tile(64, 16, 128)))
            .findFirst()
            .orElseThrow();
    assertEquals("tie; 16x16x128 has the smaller block_m", larger.reason());
  }

  @Test
  void explain_stages_endWithTheChosenDepth() {
    List<StagesCandidate> stages = explanation.stages();
    assertEquals(29, stages.size());
    for (StagesCandidate depth : stages.subList(0, 28)) {
      assertEquals(Verdict.REJECTED, depth.verdict());
      assertTrue(depth.reason().startsWith("more than 4 stages"), depth.reason());
    }
    assertEquals(new StagesCandidate(4, 136_704, Verdict.CHOSEN, ""), stages.get(28));
  }

  @Test
  void explain_depthBeyondCapacity_saysSo() {
    Explanation deep = Archs.selector("1").explain(new Sm90Spec(), GemmDesc.fp8(64, 2048, 7168));
    StagesCandidate first = deep.stages().get(0);
    assertEquals(32, first.stages());
    assertTrue(first.smemBytes() > 232_448);
    assertEquals("more than 232,448 B of shared memory", first.reason());
  }

  @Test
  void explain_multicast_tellsBothSides() {
    assertEquals(
        List.of(
            new MulticastCandidate(Multicast.ON_B, Verdict.REJECTED, "m 300; from 512 on"),
            new MulticastCandidate(Multicast.ON_A, Verdict.REJECTED, "m 300; from 512 on")),
        explanation.multicasts());
    Explanation large = Archs.selector("1").explain(new Sm90Spec(), GemmDesc.fp8(4096, 4096, 7168));
    assertEquals(
        List.of(
            new MulticastCandidate(Multicast.ON_A, Verdict.CHOSEN, ""),
            new MulticastCandidate(Multicast.ON_B, Verdict.LOST, "ON_A is legal and comes first")),
        large.multicasts());
  }

  @Test
  void explain_switch_isReported() {
    GemmDesc desc = GemmDesc.fp8(300, 4096, 7168);
    assertTrue(explanation.minimizesSms());
    assertEquals(130, explanation.config().numSms());
    Explanation off = Archs.selector("0").explain(new Sm90Spec(), desc);
    assertFalse(off.minimizesSms());
    assertEquals(132, off.config().numSms());
    assertEquals(explanation.tiles(), off.tiles());
  }

  @Test
  void explain_problemThatDoesNotFit_throwsAsSelectDoes() {
    GemmDesc desc = GemmDesc.bf16(16, 64, 5_000_064, DataType.BF16);
    ConfigSelector selector = Archs.selector("1");
    String selected =
        assertThrows(UnsupportedGemmException.class, () -> selector.select(new Sm90Spec(), desc))
            .getMessage();
    assertEquals(
        selected,
        assertThrows(UnsupportedGemmException.class, () -> selector.explain(new Sm90Spec(), desc))
            .getMessage());
  }
}
