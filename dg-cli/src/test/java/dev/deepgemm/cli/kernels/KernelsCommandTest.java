package dev.deepgemm.cli.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.cli.console.ExitCode;
import dev.deepgemm.cli.options.WorkloadOptions;
import dev.deepgemm.testkit.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code dg kernels} as a user calls it. */
class KernelsCommandTest {
  private static final String SHAPES =
      "--shapes=2112x7168,24576x1536,32768x512,7168x16384,4096x7168,7168x2048,576x7168,129280x7168,"
          + "1536x7168,3072x1536,7168x4608,128x7168";

  private static CommandRun kernels(String line) {
    return CommandRun.of(("kernels --arch sm90 --sms 132 " + line).split(" "));
  }

  private static JsonNode json(String line) throws IOException {
    CommandRun run = kernels(line + " --json");
    assertEquals(0, run.code(), run::err);
    return new ObjectMapper().readTree(run.out());
  }

  @Test
  void checkpoint_withoutAWeightForAKernel_isRefused_andWhatItHasIsNamed(@TempDir Path folder)
      throws IOException {
    String conv =
        SafetensorsFile.tensor("model.layers.0.mixer.conv1d.weight", "BF16", "[4,4]", 0, 32);
    Files.write(folder.resolve("model.safetensors"), SafetensorsFile.of("{" + conv + "}", 32));
    Files.writeString(folder.resolve("config.json"), "{}");
    CommandRun run = CommandRun.of("kernels", "--checkpoint", folder.toString());
    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("DG-MODEL-06"), run::err);
    assertTrue(run.err().contains("conv1d"), run::err);
  }

  @ParameterizedTest
  @CsvSource({"fp8, 92", "bf16, 73"})
  void count_ofServingShapes_standsAloneOnTheLastLine(String dtype, int most) {
    CommandRun zero = kernels("--dtype " + dtype + " --count --minimize 0 " + SHAPES);
    CommandRun one = kernels("--dtype " + dtype + " --count --minimize 1 " + SHAPES);
    assertEquals(0, zero.code(), zero::err);
    assertEquals(zero.out(), one.out());
    List<String> lines = one.lines();
    int count = Integer.parseInt(lines.get(lines.size() - 1));
    assertTrue(count <= most, () -> count + " kernels");
    long listed = lines.stream().filter(line -> line.startsWith("sm90_gemm_")).distinct().count();
    assertEquals(count, listed);
  }

  @Test
  void json_ofAShape_coversEveryMOnce() throws IOException {
    JsonNode root = json("--shapes 576x7168 --m 1-700");
    assertEquals(root.path("count").asInt(), root.path("kernels").size());
    Set<Integer> covered = new HashSet<>();
    for (JsonNode kernel : root.path("kernels")) {
      for (JsonNode need : kernel.path("needs")) {
        assertEquals(576, need.path("n").asInt());
        for (int m = need.path("m_first").asInt(); m <= need.path("m_last").asInt(); m++) {
          assertTrue(covered.add(m), "m " + m);
        }
      }
    }
    assertEquals(700, covered.size());
  }

  @Test
  void model_tensorParallel_hasTheCutShapes() throws IOException {
    JsonNode root = json("--model llama-3.3-70b --tp 8 --m 16");
    Set<String> shapes = new HashSet<>();
    root.path("kernels")
        .forEach(
            kernel ->
                kernel
                    .path("needs")
                    .forEach(n -> shapes.add(n.path("n").asInt() + "x" + n.path("k").asInt())));
    assertTrue(
        shapes.containsAll(
            List.of("1280x8192", "8192x1024", "7168x8192", "8192x3584", "16032x8192")),
        shapes::toString);
  }

  @Test
  void policy_tuned_listsOtherKernels_andFewer() throws IOException {
    JsonNode classic = json("--shapes 2112x7168,7168x16384 --m 1-4096 --policy classic");
    JsonNode tuned = json("--shapes 2112x7168,7168x16384 --m 1-4096 --policy tuned");
    assertTrue(tuned.path("count").asInt() > 3, tuned::toString);
    assertTrue(tuned.path("count").asInt() < classic.path("count").asInt());
  }

  @Test
  void kind_grouped_listsGroupedKernels() throws IOException {
    JsonNode root =
        json("--shapes 4096x7168 --kind m-grouped-masked --groups 32 --m 1-64 --out-dtype bf16");
    assertTrue(root.path("count").asInt() > 0);
    for (JsonNode kernel : root.path("kernels")) {
      assertTrue(kernel.path("id").asText().contains("m_grouped_masked"), kernel::toString);
      assertEquals(32, kernel.path("needs").path(0).path("num_groups").asInt());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--dtype bf16 --layout tn --accumulate, sm90_gemm_bf16_no_sf_normal_tn_bf16acc_",
    "--scaling 1d1d --accumulate, sm90_gemm_fp8_e4m3_1d1d_normal_nt_fp32acc_"
  })
  void options_ofTheSignature_areThoseOfEveryProduct(String options, String prefix)
      throws IOException {
    JsonNode root = json("--shapes 2112x7168,7168x2048 --m 1-300 " + options);
    assertTrue(root.path("count").asInt() > 0);
    for (JsonNode kernel : root.path("kernels")) {
      assertTrue(kernel.path("id").asText().startsWith(prefix), kernel::toString);
    }
  }

  @Test
  void options_thatAreWrong_areAllToldAtOnce() {
    CommandRun run =
        CommandRun.of("kernels --shapes 2112,0x5,3x4 --m 9-3 --sms 0 --tp 2 --groups 0".split(" "));
    assertEquals(ExitCode.USAGE, run.code());
    assertEquals("", run.out());
    for (String id :
        List.of("DG-SHAPE-01", "DG-SHAPE-03", "DG-SHAPE-04", "DG-SHAPE-05", "DG-SHAPE-06")) {
      assertTrue(run.err().contains(id), run::err);
    }
    assertTrue(run.err().contains("\"2112\"") && run.err().contains("\"0x5\""), run::err);
  }

  @ParameterizedTest
  @CsvSource({
    "'', nothing says",
    "--model deepseek-v3 --shapes 1x1, several say",
  })
  void source_noneOrTwo_isRefused(String line, String expected) {
    CommandRun run = CommandRun.of(("kernels " + line).strip().split(" "));
    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("DG-SHAPE-02"), run::err);
    assertTrue(run.err().contains(expected), run::err);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "5, 5", "3-7, 3-7", "' 3 - 7 ', 3-7"})
  void range_asWritten_isRead(String text, String expected) {
    List<dev.deepgemm.api.Problem> problems = new java.util.ArrayList<>();
    assertEquals(expected, WorkloadOptions.range(text, problems).toString());
    assertEquals(List.of(), problems);
  }

  @ParameterizedTest
  @CsvSource({"''", "-5", "7-3", "1-2-3", "a-b", "1-99999999999", "0-4"})
  void range_thatIsNone_isAProblem(String text) {
    List<dev.deepgemm.api.Problem> problems = new java.util.ArrayList<>();
    WorkloadOptions.range(text, problems);
    assertEquals("DG-SHAPE-03", problems.get(0).id());
  }
}
