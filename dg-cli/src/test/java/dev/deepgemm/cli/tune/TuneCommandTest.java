package dev.deepgemm.cli.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.jit.Gpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneCommandTest {
  @Test
  void everythingThatIsWrong_isToldAtOnce() {
    CommandRun run =
        CommandRun.of("tune", "--shapes", "1x2", "--dtype", "int8", "--top", "-1", "--resume");
    assertEquals(ExitCode.USAGE, run.code());
    for (String id : List.of("DG-BENCH-04", "DG-BENCH-06", "DG-TUNE-01", "--json")) {
      assertTrue(run.err().contains(id), run.err());
    }
  }

  @Test
  void withoutAGpu_theProcessThatWouldMeasureSaysSo() {
    assumeTrue(Gpu.find().gpu().isEmpty(), "there is a GPU");
    CommandRun run = CommandRun.of("tune", "--shapes", "64x256x256", "--budget", "5");
    assertEquals(ExitCode.USAGE, run.code(), run.err());
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
  void fit_ofWhatIsNoMeasurement_isRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.json");
    Files.writeString(file, "{\"records\": 3}");
    CommandRun run = CommandRun.of("tune", "--fit", file.toString());
    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("DG-TUNE-03"), run.err());
  }
}
