package dev.deepgemm.cli.ttft;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.cli.distribution.Distribution;
import dev.deepgemm.measure.ttft.TtftJson;
import dev.deepgemm.measure.ttft.TtftRun;
import dev.deepgemm.measure.ttft.TtftRun.Cache;
import dev.deepgemm.workloads.files.InputException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts a Java process that replays a trace with a given cache, and reads what it measured.
 *
 * @param work folder of this measurement
 * @param warmFolder a cache folder that holds every kernel of the trace
 * @param pack a jar that does
 */
record TtftProcess(Path work, Path warmFolder, Path pack) {

  /**
   * Replays in a fresh process.
   *
   * @throws InputException if the process fails ({@code DG-BENCH-03})
   */
  TtftRun replay(String minimize, Cache cache, List<String> arguments) {
    try {
      Path folder = Files.createTempDirectory(work, cache.toString());
      Path out = folder.resolve("run.json");
      Path log = folder.resolve("log");
      ProcessBuilder builder =
          new ProcessBuilder(command(cache, arguments, out))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().putAll(environment(minimize, cache, folder));
      Process process = builder.start();
      process.getOutputStream().close();
      int code = process.waitFor();
      if (code != 0) {
        throw new InputException(
            Problem.of(
                "DG-BENCH-03",
                "the replay with cache %s and switch %s ended with %d:%n%s",
                cache,
                minimize,
                code,
                Files.readString(log, StandardCharsets.UTF_8).strip()));
      }
      return TtftJson.run(new ObjectMapper().readTree(out.toFile()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InputException(Problem.of("DG-BENCH-03", "interrupted while a replay ran"), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> command(Cache cache, List<String> arguments, Path out) {
    String classPath = System.getProperty("java.class.path");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseParallelGC",
                "-XX:-UsePerfData"));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add("-cp");
    command.add(cache == Cache.PACK ? classPath + File.pathSeparator + pack : classPath);
    command.add(Distribution.MAIN_CLASS);
    command.addAll(List.of("bench", "ttft-replay", "--state=" + cache, "--out=" + out));
    command.addAll(arguments);
    return command;
  }

  Map<String, String> environment(String minimize, Cache cache, Path folder) {
    Path cubins = cache == Cache.WARM ? warmFolder : folder.resolve("cache");
    return Map.of(
        Options.MINIMIZE_NUM_SMS.env(),
        minimize,
        Options.JIT_CACHE_DIR.env(),
        cubins.toString(),
        Options.JIT_PACKS.env(),
        cache == Cache.PACK ? "1" : "0",
        "DG_JIT_MODE",
        cache == Cache.PACK ? "never" : "auto",
        // The driver keeps a cache of its own for the PTX that it assembles: cold means cold.
        "CUDA_CACHE_DISABLE",
        "1");
  }
}
