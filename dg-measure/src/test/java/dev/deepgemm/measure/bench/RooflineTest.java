package dev.deepgemm.measure.bench;

import static dev.deepgemm.measure.bench.ScriptedBench.ALL_SIDES;
import static dev.deepgemm.measure.bench.ScriptedBench.CEILINGS;
import static dev.deepgemm.measure.bench.ScriptedBench.CLASSIC;
import static dev.deepgemm.measure.bench.ScriptedBench.LARGE;
import static dev.deepgemm.measure.bench.ScriptedBench.SMALL;
import static dev.deepgemm.measure.bench.ScriptedBench.peer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RooflineTest {
  @TempDir Path folder;

  @Test
  void roofline_hasOursAndThePeers() throws IOException {
    try (PeerProcess peer = peer(folder)) {
      String svg =
          Roofline.of(
              "Fake & co",
              CEILINGS,
              new ScriptedBench().run(List.of(CLASSIC), peer, 2, List.of(SMALL, LARGE)));
      assertTrue(svg.startsWith("<svg") && svg.endsWith("</svg>\n"));
      assertEquals(4, svg.split("us</title>", -1).length - 1);
      assertTrue(svg.contains("Fake &amp; co"));
      assertFalse(svg.contains("NaN"));
    }
  }

  @Test
  void roofline_ofSeveralSides_showsTheLastWithoutConstantWeights_andSaysSo() {
    String svg =
        Roofline.of("Fake", CEILINGS, new ScriptedBench().run(ALL_SIDES, null, 1, List.of(SMALL)));
    assertTrue(svg.contains("<title>Fake, tuned</title>"), svg);
    assertTrue(svg.contains("fp8 64x4096x7168, ours: 8.00 us</title>"), svg);
    assertEquals(1, svg.split("us</title>", -1).length - 1);
  }
}
