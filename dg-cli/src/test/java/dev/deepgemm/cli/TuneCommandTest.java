package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.jit.Gpu;
import dev.deepgemm.reference.HostMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class TuneCommandTest {
  @Test
  void everythingThatIsWrong_isToldAtOnce() {
    CommandRun run =
        CommandRun.of("tune", "--shapes", "1x2", "--dtype", "int8", "--top", "-1", "--resume");
    assertEquals(Dg.USAGE, run.code());
    for (String id : List.of("DG-BENCH-04", "DG-BENCH-06", "DG-TUNE-01", "--json")) {
      assertTrue(run.err().contains(id), run.err());
    }
  }

  @Test
  void withoutAGpu_theProcessThatWouldMeasureSaysSo() {
    assumeTrue(Gpu.find().gpu().isEmpty(), "there is a GPU");
    CommandRun run = CommandRun.of("tune", "--shapes", "64x256x256", "--budget", "5");
    assertEquals(Dg.USAGE, run.code(), run.err());
  }

  @Test
  void process_thatLostTheDevice_isFollowedByOneThatGoesOn() {
    List<List<String>> started = new ArrayList<>();
    int code =
        new TuneProcess(
                arguments -> {
                  started.add(List.copyOf(arguments));
                  return started.size() < 3 ? TuneProcess.LOST : 0;
                })
            .run(List.of("tune", "--baseline"));
    assertEquals(0, code);
    assertEquals(
        List.of(
            List.of("tune", "--baseline"),
            List.of("tune", "--baseline", "--resume"),
            List.of("tune", "--baseline", "--resume")),
        started);
  }

  @Test
  void process_thatKeepsLosingTheDevice_isGivenUp() {
    List<List<String>> started = new ArrayList<>();
    int code =
        new TuneProcess(
                arguments -> {
                  started.add(arguments);
                  return TuneProcess.LOST;
                })
            .run(List.of("tune"));
    assertEquals(TuneProcess.LOST, code);
    assertEquals(21, started.size());
  }

  @Test
  void sample_isAllOfASmallD_andSpreadOverALargeOne() {
    assertTrue(RowSample.of(128, 8192).isAll());
    RowSample sample = RowSample.of(8192, 65_536);
    assertFalse(sample.isAll());
    assertEquals(32, sample.rows().length);
    assertEquals(8191, sample.rows()[31]);
    Set<Integer> inTile = ConcurrentHashMap.newKeySet();
    for (int row : sample.rows()) {
      assertTrue(row >= 0 && row < 8192);
      inTile.add(row % 64);
    }
    assertTrue(inTile.size() > 16, "rows of a tile that are looked at: " + inTile);
  }

  @Test
  void difference_isRelativeAndNoticesPoison() {
    HostMatrix one = HostMatrix.padded(DataType.BF16, 1, 8);
    HostMatrix other = HostMatrix.padded(DataType.BF16, 1, 8);
    for (int i = 0; i < 8; i++) {
      one.set(0, i, 2);
      other.set(0, i, i == 0 ? 3 : 2);
    }
    byte[] expected = one.chunkOf(0);
    assertEquals(0, RowSample.difference(DataType.BF16, expected, expected));
    assertEquals(
        Math.sqrt(1.0 / 32),
        RowSample.difference(DataType.BF16, expected, other.chunkOf(0)),
        1e-12);
    byte[] poisoned = expected.clone();
    poisoned[2] = (byte) 0xFF;
    poisoned[3] = (byte) 0xFF;
    assertTrue(Double.isNaN(RowSample.difference(DataType.BF16, expected, poisoned)));
  }
}
