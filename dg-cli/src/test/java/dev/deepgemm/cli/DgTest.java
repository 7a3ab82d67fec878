package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that need no GPU, as a user calls them. */
class DgTest {
  @TempDir Path folder;

  @Test
  void version_isPrinted() {
    CommandRun run = CommandRun.of("--version");
    assertEquals(0, run.code());
    assertTrue(run.out().startsWith("dg "), run.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gemm", "config", "emit", "compile", "info", "sweep", "bundle", "emulate"})
  void help_existsForEveryCommand(String command) {
    CommandRun run = CommandRun.of(command, "--help");
    assertEquals(0, run.code());
    assertTrue(run.out().contains("Usage: dg " + command), run.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gemm --dtype fp9; is not one of fp8, bf16",
        "gemm --device tpu; auto, cuda, emulator",
        "gemm --m zero; 'zero' is not an int",
        "gemm --unknown; Unknown option",
        "nonsense; Unmatched argument",
        "emit --m 4096; DG-CLI-20: --n is missing",
        "gemm --m -4 --n 8 --k 8 --device emulator; DG-DESC-01",
        "gemm --iterations -1; DG-CLI-10",
        "gemm --in x.safetensors; DG-CLI-11",
        "gemm --in x --out y --m 3; DG-CLI-12",
        "emit --tile huge; DG-CLI-16",
        "emit --tile 99x99; DG-CONF-07",
        "compile --tile 128x128 --stages 9; largest legal: 5",
        "compile --assembler gcc; DG-OPT-01",
        "emit --arch sm42; DG-ARCH-01",
        "emit --dtype fp8 --out-dtype fp32; DG-KERN-01",
        "sweep --limit 0; DG-CLI-17",
        "sweep --device emulator --only (; DG-CLI-18",
        "bundle --out x.zip; DG-CLI-04",
        "emulate; Missing required parameter: 'FILE'",
        "emulate k.ptx --accumulation fp64; FP32, HOPPER",
      })
  void illegalInput_endsWithTwoAndSaysWhatIsLegal(String command, String expected) {
    CommandRun run = CommandRun.of(command.split(" "));
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains(expected), run::toString);
    assertFalse(run.err().contains("\tat "), run::toString);
  }

  @Test
  void verbose_addsTheStackTrace() {
    assertTrue(CommandRun.of("emit", "--verbose", "--tile", "huge").err().contains("\tat "));
  }

  @Test
  void emit_isTheKernelOfTheProblemAndRepeatable() throws IOException {
    CommandRun run = CommandRun.of("emit", "--m", "64", "--n", "512", "--k", "1024");
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().contains(".visible .entry sm90_gemm_fp8_e4m3"), run.out());
    Path file = folder.resolve("k.ptx");
    assertEquals(
        0,
        CommandRun.of("emit", "--m", "64", "--n", "512", "--k", "1024", "--out", "" + file).code());
    assertEquals(run.out(), Files.readString(file));
  }

  @Test
  void emit_originsNameTheJavaLine() {
    CommandRun run = CommandRun.of("emit", "--tile", "64x64", "--stages", "4", "--origins");
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().contains("t64x64x128_s4"), run.out());
    assertTrue(
        run.out().lines().anyMatch(line -> line.matches(".*wgmma.*  // .*\\(.*\\.java:\\d+\\)")));
  }

  @Test
  void info_namesEveryOptionAndPlugin() {
    CommandRun run = CommandRun.of("info");
    assertEquals(0, run.code(), run::toString);
    Options.all().forEach(option -> assertTrue(run.out().contains(option.env()), run.out()));
    List.of("sm90", "sm100", "embedded", "Device", "Cache")
        .forEach(word -> assertTrue(run.out().contains(word), word + " in " + run.out()));
  }

  @ParameterizedTest
  @CsvSource({
    "fp8, bf16, 100, 72, 200, 4e-3", // n is not a multiple of 16, k not of 128
    "bf16, bf16, 70, 100, 90, 4e-3", // n has to be padded to 104
    "bf16, fp32, 33, 50, 77, 1e-5", // and here to 52
  })
  void gemm_onTheEmulatorIsChecked(
      String type, String out, String m, String n, String k, double tolerance) throws IOException {
    CommandRun run =
        CommandRun.of(
            "gemm",
            "--device",
            "emulator",
            "--dtype",
            type,
            "--out-dtype",
            out,
            "--m",
            m,
            "--n",
            n,
            "--k",
            k,
            "--json");
    assertEquals(0, run.code(), run::toString);
    JsonNode json = new ObjectMapper().readTree(run.out());
    assertEquals("emulator", json.get("device").asText());
    assertTrue(json.get("passed").asBoolean());
    double error = json.get("relative_error").asDouble();
    assertTrue(error > 0 && error < tolerance, run.out());
    for (String key :
        List.of("kernel", "config", "cache", "compile_ms", "load_ms", "time_us", "tflops")) {
      assertTrue(json.has(key), key);
    }
    assertTrue(json.get("config").get("num_stages").asInt() > 0);
  }

  @ParameterizedTest
  @CsvSource({
    "--dtype bf16 --layout nn, BF16 NN 33 x 52 x 77 -> BF16",
    "--dtype bf16 --layout tn --accumulate, BF16 TN 33 x 52 x 77 -> BF16 + C",
    "--dtype bf16 --layout tt --accumulate --out-dtype fp32, BF16 TT 33 x 52 x 77 -> FP32 + C",
    "--scaling 1d1d --accumulate, 'FP8_E4M3 33 x 52 x 77 -> FP32 + C, scales 1d1d'",
    "--accumulate, 'FP8_E4M3 33 x 52 x 77 -> BF16 + C, scales 1d2d'"
  })
  void gemm_ofOtherKinds_onTheEmulatorIsChecked(String options, String problem) {
    String line = "gemm --device emulator --m 33 --n 52 --k 77 " + options;
    CommandRun run = CommandRun.of(line.split(" "));
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().contains(problem.replace(" 52 ", n(problem))), run::out);
    assertTrue(run.out().contains("result   ok"), run::out);
  }

  /** n grows to whole units of 16 bytes of D. */
  private static String n(String problem) {
    return problem.contains("FP32") ? " 52 " : " 56 ";
  }

  @Test
  void gemm_seedChangesTheInputs() throws IOException {
    String[] args = {
      "gemm", "--device", "emulator", "--m", "16", "--n", "16", "--k", "128", "--json", "--seed", ""
    };
    double[] errors = new double[3];
    for (int i = 0; i < 3; i++) {
      args[args.length - 1] = i == 1 ? "7" : "6";
      errors[i] =
          new ObjectMapper().readTree(CommandRun.of(args).out()).get("relative_error").asDouble();
    }
    assertEquals(errors[0], errors[2]);
    assertTrue(errors[0] != errors[1]);
  }

  @Test
  void sweep_onTheEmulatorCoversAndPasses() throws IOException {
    Path lines = folder.resolve("sweep.jsonl");
    CommandRun run =
        CommandRun.of(
            "sweep",
            "--device",
            "emulator",
            "--only",
            "t16x(128|144)x",
            "--limit",
            "6",
            "--json",
            "" + lines);
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().endsWith("ok\n"), run.out());
    List<String> written = Files.readAllLines(lines);
    assertEquals(6, written.size());
    for (String line : written) {
      JsonNode json = new ObjectMapper().readTree(line);
      assertTrue(json.get("passed").asBoolean());
      assertTrue(json.get("relative_error").asDouble() > 0);
    }
  }

  @Test
  void sweep_ofKindsThatAccumulate_passes() {
    CommandRun run =
        CommandRun.of(
            "sweep --device emulator --dtype fp8-1d1d,bf16-tn-acc --only t(64|128)x(32|64|88)x --limit 6"
                .split(" "));
    assertEquals(0, run.code(), run::toString);
    assertTrue(run.out().contains("FP8_E4M3 1d1d -> FP32 + C, block_m"), run::out);
    assertTrue(run.out().contains("BF16 TN -> BF16 + C, block_m"), run::out);
  }

  @Test
  void sweep_nothingLaunchedIsNotAPass() {
    assertEquals(
        1, CommandRun.of("sweep", "--device", "emulator", "--only", "no such kernel").code());
  }
}
