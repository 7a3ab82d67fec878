package dev.deepgemm.cli.ttft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.measure.ttft.TtftRun.Cache;
import dev.deepgemm.workloads.TokenTrace;
import dev.deepgemm.workloads.files.InputException;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TtftProcessTest {
  @TempDir Path work;

  private TtftProcess processes() {
    return new TtftProcess(work, work.resolve("warm"), work.resolve("kernels.jar"));
  }

  @Test
  void environment_ofEachState_isWhatAServerWouldFind() {
    Path folder = work.resolve("run");
    Map<String, String> cold = processes().environment("0", Cache.COLD, folder);
    assertEquals("0", cold.get("DG_MINIMIZE_NUM_SMS"));
    assertEquals(folder.resolve("cache").toString(), cold.get("DG_JIT_CACHE_DIR"));
    assertEquals("0", cold.get("DG_JIT_PACKS"));
    assertEquals("1", cold.get("CUDA_CACHE_DISABLE"));
    Map<String, String> warm = processes().environment("1", Cache.WARM, folder);
    assertEquals(work.resolve("warm").toString(), warm.get("DG_JIT_CACHE_DIR"));
    assertEquals("1", warm.get("DG_MINIMIZE_NUM_SMS"));
    Map<String, String> pack = processes().environment("1", Cache.PACK, folder);
    assertEquals("never", pack.get("DG_JIT_MODE"));
    assertEquals("1", pack.get("DG_JIT_PACKS"));
    assertEquals(folder.resolve("cache").toString(), pack.get("DG_JIT_CACHE_DIR"));
  }

  @Test
  void command_onlyThePackState_hasThePackOnItsClassPath() {
    for (Cache cache : Cache.values()) {
      List<String> command = processes().command(cache, List.of("--seed=3"), work.resolve("out"));
      String classPath = command.get(command.indexOf("-cp") + 1);
      assertEquals(
          cache == Cache.PACK,
          classPath.endsWith(File.pathSeparator + work.resolve("kernels.jar")));
      assertTrue(command.containsAll(List.of("ttft-replay", "--state=" + cache, "--seed=3")));
    }
  }

  /** A real process: without a GPU it fails, and says why through the error of the parent. */
  @Test
  void replay_processThatFails_isReportedWithWhatItSaid() {
    TtftProcess processes = processes();
    InputException e =
        assertThrows(
            InputException.class,
            () -> processes.replay("1", Cache.COLD, List.of("--model=no-such-model")));
    assertEquals("DG-BENCH-03", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("ended with 2"), e::getMessage);
    assertTrue(e.getMessage().contains("DG-MODEL-01"), e::getMessage);
  }

  @Test
  void options_asArguments_areTheSameOptions() {
    TtftOptions options = new TtftOptions();
    options.trace = TokenTrace.DECODE;
    options.model = "phi-4";
    options.calls = 17;
    options.seed = -5;
    options.maxTokens = 99;
    options.tp = 5;
    options.dtype = dev.deepgemm.api.DataType.FP8_E4M3;
    TtftReplayCommand read = new TtftReplayCommand();
    List<String> arguments = new java.util.ArrayList<>(List.of("--state=warm", "--out=x"));
    arguments.addAll(options.arguments());
    new picocli.CommandLine(read)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(arguments.toArray(new String[0]));
    assertEquals(options.arguments(), read.trace.arguments());
    assertEquals(Cache.WARM, read.state);
    assertEquals(List.of(), read.trace.problems());
  }

  @Test
  void options_thatAreWrong_areAllTold() {
    CommandRun run =
        CommandRun.of("bench ttft --calls 0 --max-tokens -1 --tp 0 --switch 0,2".split(" "));
    assertEquals(ExitCode.USAGE, run.code());
    assertEquals(4, run.err().lines().filter(line -> line.contains("DG-BENCH-02")).count());
    assertFalse(run.err().contains("GPU"), "what is wrong with the input comes first");
  }
}
