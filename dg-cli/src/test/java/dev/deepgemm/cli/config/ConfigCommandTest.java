package dev.deepgemm.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.cli.Dg;
import dev.deepgemm.cli.console.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code dg config} as a user calls it. */
class ConfigCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int dg(String line) {
    CommandLine command = Dg.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(("config " + line).split(" "));
  }

  private JsonNode json(String line) throws IOException {
    assertEquals(0, dg(line + " --json"), err::toString);
    return new ObjectMapper().readTree(out.toString());
  }

  private String refused(String line) {
    assertEquals(ExitCode.USAGE, dg(line));
    assertEquals("", out.toString());
    return err.toString();
  }

  @Test
  void policy_tuned_isShownWithItsPredictions() throws IOException {
    JsonNode root = json("--m 64 --n 2112 --k 7168 --policy tuned --why");
    assertEquals("tuned", root.path("heuristics").asText());
    JsonNode best = root.path("predictions").path(0);
    assertEquals("CHOSEN", best.path("verdict").asText());
    assertTrue(best.path("predicted_us").asDouble() > 1, best::toString);
    assertEquals(
        best.path("block_n").asInt(), root.path("config").path("block_n").asInt(), root::toString);
    assertTrue(root.path("predictions").size() > 10);
  }

  @Test
  void policy_tuned_text_hasTheParts() {
    assertEquals(0, dg("--m 64 --n 2112 --k 7168 --policy tuned --why"), err::toString);
    for (String word : List.of("tuned cost model", "bound by", "reduction", "chosen", "% slower")) {
      assertTrue(out.toString().contains(word), out::toString);
    }
    assertFalse(out.toString().contains("Stages, deepest first"), out::toString);
  }

  @Test
  void policy_thatIsNone_isRefused() {
    assertTrue(refused("--m 64 --n 2112 --k 7168 --policy best").contains("DG-OPT-01"));
  }

  @Test
  void config_withoutAPolicy_isTheTunedOne() {
    assertEquals(0, dg("--m 300 --n 4096 --k 7168"));
    String unasked = out.toString();
    out.getBuffer().setLength(0);
    assertEquals(0, dg("--m 300 --n 4096 --k 7168 --policy tuned"));
    assertEquals(out.toString(), unasked);
    assertTrue(unasked.contains("tuned cost model"), unasked);
  }

  @Test
  void config_kernelWhoseTileTheProblemDoesNotHave_hasNoTime() throws IOException {
    JsonNode root = json("--m 4096 --n 4096 --k 7168 --why");
    boolean found = false;
    for (JsonNode prediction : root.path("predictions")) {
      boolean rejected = prediction.path("reason").asText().contains("is no candidate");
      assertEquals(rejected, prediction.path("predicted_us").isNull(), prediction::toString);
      found |= rejected;
    }
    assertTrue(found, root::toString);
  }

  @Test
  void config_defaults_areTheFp8GemmOfAllSms() throws IOException {
    JsonNode root = json("--m 300 --n 4096 --k 7168 --policy classic");
    assertEquals("sm90", root.path("arch").asText());
    assertEquals("KERNEL_1D2D", root.path("problem").path("kernel_type").asText());
    assertEquals(132, root.path("problem").path("num_sms").asInt());
    JsonNode config = root.path("config");
    assertEquals(64, config.path("block_m").asInt());
    assertEquals(160, config.path("block_n").asInt());
    assertEquals(4, config.path("num_stages").asInt());
    assertEquals(130, config.path("num_sms_used").asInt());
    assertEquals(136_704, config.path("smem_size").asInt());
    assertEquals(1, root.path("waves").asInt());
    assertTrue(root.path("kernel").asText().startsWith("sm90_gemm_fp8_e4m3_1d2d"));
    assertFalse(root.has("tiles"), "only --why lists candidates");
  }

  @Test
  void config_everyOption_reachesTheProblem() throws IOException {
    JsonNode problem =
        json("--arch sm100 --m 512 --n 256 --k 1024 --dtype bf16 --out-dtype fp32 --kind batched"
                + " --scaling none --groups 8 --layout tn --accumulate"
                + " --sms 64 --minimize 0")
            .path("problem");
    assertEquals("BATCHED", problem.path("gemm_type").asText());
    assertEquals("KERNEL_NO_SF", problem.path("kernel_type").asText());
    assertEquals(512, problem.path("m").asInt());
    assertEquals(256, problem.path("n").asInt());
    assertEquals(1024, problem.path("k").asInt());
    assertEquals(8, problem.path("num_groups").asInt());
    assertEquals("MN", problem.path("major_a").asText());
    assertEquals("MN", problem.path("major_b").asText());
    assertEquals("BF16", problem.path("ab_dtype").asText());
    assertEquals("FP32", problem.path("cd_dtype").asText());
    assertTrue(problem.path("with_accumulation").asBoolean());
    assertEquals(64, problem.path("num_sms").asInt());
  }

  @ParameterizedTest
  @CsvSource({"sm90, KERNEL_1D2D, 132", "sm100, KERNEL_1D1D, 148"})
  void config_arch_hasItsOwnDefaults(String arch, String scaling, int sms) throws IOException {
    JsonNode problem = json("--arch " + arch + " --m 64 --n 2048 --k 7168").path("problem");
    assertEquals(scaling, problem.path("kernel_type").asText());
    assertEquals(sms, problem.path("num_sms").asInt());
  }

  @ParameterizedTest
  @CsvSource({"nt, K, K", "nn, K, MN", "tn, MN, MN", "TT, MN, K"})
  void config_layout_isThatOfBlas(String layout, String majorA, String majorB) throws IOException {
    JsonNode problem =
        json("--m 64 --n 2048 --k 7168 --dtype bf16 --layout " + layout).path("problem");
    assertEquals(majorA, problem.path("major_a").asText());
    assertEquals(majorB, problem.path("major_b").asText());
  }

  /** Kernels with such scales have FP32 output alone; what is asked for by name stays. */
  @ParameterizedTest
  @CsvSource({"'', FP32", "' --out-dtype bf16', BF16"})
  void config_scaling1d1d_isStoredAsFp32UnlessSaid(String option, String type) throws IOException {
    JsonNode root = json("--m 64 --n 2048 --k 7168 --scaling 1d1d" + option);
    assertEquals("KERNEL_1D1D", root.path("problem").path("kernel_type").asText());
    assertEquals(type, root.path("problem").path("cd_dtype").asText());
    assertTrue(root.path("kernel").asText().contains("_1d1d_"), root::toString);
  }

  /** As the golden rows have it: m counts the rows of all groups. */
  @Test
  void config_contiguousGroups_areAnsweredAsOne() throws IOException {
    String line = "--m 4096 --n 4096 --k 7168 --kind m-grouped-contiguous --policy classic";
    JsonNode one = json(line);
    out.getBuffer().setLength(0);
    JsonNode eight = json(line + " --groups 8");
    assertEquals(8, eight.path("problem").path("num_groups").asInt());
    assertEquals(one.path("config"), eight.path("config"));
    assertEquals(one.path("waves"), eight.path("waves"));
    out.getBuffer().setLength(0);
    assertNotEquals(
        one.path("config"),
        json(line.replace("contiguous", "masked") + " --groups 8").path("config"));
  }

  @ParameterizedTest
  @CsvSource({"1, 128, true", "0, 132, false", "-3, 128, true"})
  void config_minimize_setsTheSwitch(String value, int sms, boolean on) throws IOException {
    JsonNode root = json("--m 64 --n 2048 --k 7168 --policy classic --minimize " + value);
    assertEquals(sms, root.path("config").path("num_sms_used").asInt());
    assertEquals(on, root.path("minimize").asBoolean());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"M_GROUPED_MASKED", "m_grouped_masked", "m-grouped-masked", "M-Grouped-Masked"})
  void config_kind_isReadInAnySpelling(String kind) throws IOException {
    assertEquals(
        "M_GROUPED_MASKED",
        json("--m 64 --n 2048 --k 7168 --groups 4 --kind " + kind)
            .path("problem")
            .path("gemm_type")
            .asText());
  }

  @Test
  void config_text_saysWhatMatters() {
    assertEquals(0, dg("--m 300 --n 4096 --k 7168 --policy classic"));
    String text = out.toString();
    assertTrue(
        text.contains("tile           64x160x128: 130 tiles in 1 wave, the last on 130 SMs"));
    assertTrue(text.contains("SMs            130: the fewest for 1 wave"));
    assertTrue(text.contains("shared memory  136,704 of 232,448 B: 4 x 28,944 + 20,928"));
    assertTrue(text.contains("threads        256: 128 TMA + 128 math"), text);
    assertTrue(
        text.lines()
            .anyMatch(
                line -> line.startsWith("  per stage      tile of A 8,192, tile of B 20,480")));
    assertTrue(text.lines().anyMatch(line -> line.startsWith("  once           ")), text);
    assertFalse(text.contains("rejected"));
  }

  @Test
  void config_json_hasThreadsAsTheTablesCountThem_andPartsOfSharedMemory() throws IOException {
    JsonNode sm90 = json("--m 300 --n 4096 --k 7168 --policy classic");
    assertEquals(128, sm90.path("config").path("num_tma_threads").asInt());
    assertEquals(128, sm90.path("config").path("num_math_threads").asInt());
    assertEquals(0, sm90.path("config").path("num_epilogue_threads").asInt());
    int bytes = 0;
    for (JsonNode part : sm90.path("smem_parts")) {
      bytes += part.path("bytes").asInt() * (part.path("per_stage").asBoolean() ? 4 : 1);
    }
    assertEquals(sm90.path("config").path("smem_size").asInt(), bytes);
    out.getBuffer().setLength(0);
    JsonNode sm100 = json("--arch sm100 --m 300 --n 4096 --k 7168").path("config");
    assertEquals(0, sm100.path("num_tma_threads").asInt());
    assertEquals(128, sm100.path("num_non_epilogue_threads").asInt());
    assertEquals(128, sm100.path("num_epilogue_threads").asInt());
  }

  @Test
  void config_why_listsEveryCandidate() throws IOException {
    assertEquals(0, dg("--m 300 --n 4096 --k 7168 --policy classic --why"));
    List<String> lines = out.toString().lines().toList();
    assertTrue(
        lines.contains("  64x16x128    1,280     10         92      lost  10 waves, not 1"),
        out::toString);
    assertTrue(lines.contains("  64x160x128     130      1        130    chosen"), out::toString);
    assertEquals(48, lines.stream().filter(line -> line.matches("  \\d+x\\d+x128 .*")).count());
    assertTrue(
        lines.stream().anyMatch(line -> line.matches("  32 to 5 .* rejected  more than 4 .*")));
    out.getBuffer().setLength(0);
    JsonNode root = json("--m 300 --n 4096 --k 7168 --policy classic --why");
    assertEquals(48, root.path("tiles").size());
    assertEquals(2, root.path("multicasts").size());
    assertEquals(29, root.path("stages").size());
    assertEquals("REJECTED", root.path("tiles").get(10).path("verdict").asText());
    assertFalse(root.path("tiles").get(10).path("reason").asText().isEmpty());
  }

  @Test
  void config_missingExtents_areAllNamed() {
    String text = refused("--n 5 --sms 0");
    assertTrue(text.contains("DG-CLI-20: --m is missing"), text);
    assertTrue(text.contains("DG-CLI-20: --k is missing"), text);
    assertTrue(text.contains("DG-CLI-21: --sms is 0"), text);
    assertFalse(text.contains("--n is"), text);
  }

  @ParameterizedTest
  @CsvSource({
    "--m 0 --n 64 --k 64, DG-DESC-01",
    "--m 1 --n 64 --k 64 --groups 2, DG-DESC-03",
    "--m 1 --n 64 --k 64 --arch sm80, DG-ARCH-01",
    "--m 1 --n 64 --k 64 --minimize maybe, DG-OPT-01",
    "--m 1 --n 64 --k 64 --layout nn, DG-CONF-04",
    "--m 1 --n 64 --k 64 --layout ab, nt",
    "--m 1 --n 64 --k 64 --scaling 2d2d, 1d2d",
    "--m 1 --n 64 --k 64 --scaling none, DG-CONF-03",
    "--m 1 --n 64 --k 64 --dtype bf16 --scaling 1d1d, DG-CONF-03",
    "--m 1 --n 64 --k 9000000, DG-SMEM-01",
    "--m 1 --n 64 --k 64 --dtype fp9, fp8",
    "--out x.csv, DG-CLI-22",
    "--batch x.csv, DG-CLI-22",
    "--batch x.csv --out y.csv --m 3 --why, DG-CLI-23: --m",
    "--batch x.csv --out y.csv --m 3 --why, DG-CLI-23: --why",
  })
  void config_illegalInput_isNamed(String line, String part) {
    String text = refused(line);
    assertTrue(text.contains(part), text);
  }

  @Test
  void config_batch_writesTheFile(@TempDir Path folder) throws IOException {
    Path in =
        Files.writeString(
            folder.resolve("in.csv"),
            String.join(",", BatchColumns.INPUTS)
                + "\n90,0,NORMAL,KERNEL_1D2D,64,2048,7168,1,K,K,FP8_E4M3,BF16,0,132\n");
    Path result = folder.resolve("out.csv");
    assertEquals(0, dg("--arch sm90 --batch " + in + " --out " + result), err::toString);
    assertEquals(2, Files.readAllLines(result).size());
    assertTrue(err.toString().contains("1 configurations in"), err::toString);
  }

  /** Where a device will be asked, once there is one. */
  @Test
  void config_deviceWithFewerSms_isTheLimit() {
    CommandLine command = new CommandLine(new ConfigCommand(arch -> 114));
    command.setOut(new PrintWriter(out));
    assertEquals(0, command.execute("--m", "4096", "--n", "4096", "--k", "7168"));
    assertTrue(out.toString().contains("at most 114 SMs"), out::toString);
  }
}
