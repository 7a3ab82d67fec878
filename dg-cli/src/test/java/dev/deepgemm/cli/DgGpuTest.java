package dev.deepgemm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.deepgemm.api.DataType;
import dev.deepgemm.api.Signature;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.testkit.GpuTest;
import dev.deepgemm.testkit.SafetensorsFile;
import dev.deepgemm.workloads.safetensors.GemmFiles;
import dev.deepgemm.workloads.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on a GPU. */
@GpuTest
class DgGpuTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "fp8, bf16, 1, 512, 512",
    "fp8, bf16, 300, 2112, 1160",
    "fp8, bf16, 1025, 4096, 7168",
    "bf16, bf16, 77, 1004, 2050",
    "bf16, fp32, 640, 1028, 333",
  })
  void gemm_isCheckedAndTimed(String type, String out, String m, String n, String k)
      throws IOException {
    CommandRun run =
        CommandRun.of(
            "gemm",
            "--device",
            "cuda",
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
    double error = json.get("relative_error").asDouble();
    assertTrue(error > 0 && error < (out.equals("fp32") ? 1e-5 : 5e-3), run.out());
    assertTrue(json.get("time_us").asDouble() > 0.5, run.out());
    assertTrue(json.get("tflops").asDouble() < 2500, run.out());
  }

  @Test
  void gemm_productOfAFileIsWritten() throws IOException {
    Path in = Files.write(folder.resolve("x"), SafetensorsFile.fp8(200, 515, 777));
    Path out = folder.resolve("y");
    CommandRun run = CommandRun.of("gemm", "--device", "cuda", "--in", "" + in, "--out", "" + out);
    assertEquals(0, run.code(), run::toString);
    try (Safetensors file = Safetensors.open(out)) {
      HostMatrix d = file.read(file.tensor("d").orElseThrow(), DataType.BF16);
      double error =
          GemmReference.full(GemmFiles.read(in, type -> Signature.FP8)).compare(d).relative();
      assertTrue(error > 0 && error < 5e-3, "relative error " + error);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp8", "bf16", "bf16-fp32", "fp8-1d1d", "bf16-nn", "bf16-tn-acc", "all"})
  void sweep_sampleOfAllConfigurationsPasses(String type) {
    CommandRun run = CommandRun.of("sweep", "--device", "cuda", "--dtype", type, "--limit", "64");
    assertEquals(0, run.code(), run::toString);
  }

  @Test
  void bench_sidesTakeTurnsAndAreAllRight() throws IOException {
    Path json = folder.resolve("bench.json");
    CommandRun run =
        CommandRun.of(
            "bench",
            "--shapes",
            "64x2112x7168,512x4096x7168",
            "--dtype",
            "both",
            "--policy",
            "classic,tuned",
            "--constant-weights",
            "--rounds",
            "2",
            "--json",
            "" + json);
    assertEquals(0, run.code(), run::toString);
    JsonNode results = new ObjectMapper().readTree(json.toFile()).get("results");
    assertEquals(16, results.size());
    for (JsonNode result : results) {
      assertTrue(result.get("time_us").asDouble() > 0.5, run.out());
      assertEquals(10, result.get("times_us").size());
    }
    assertTrue(run.out().contains("slowest against classic"), run.out());
  }

  /** D is C before the first launch and is checked after it; the timed launches go on adding. */
  @Test
  void bench_ofAccumulatedProducts_isRight() throws IOException {
    Path json = folder.resolve("bench.json");
    CommandRun run =
        CommandRun.of(
            "bench",
            "--shapes",
            "512x1024x768",
            "--dtype",
            "fp8-1d1d,bf16-nn-acc,bf16-tn-fp32-acc",
            "--rounds",
            "2",
            "--json",
            "" + json);
    assertEquals(0, run.code(), run::toString);
    JsonNode results = new ObjectMapper().readTree(json.toFile()).get("results");
    assertEquals("fp8-1d1d", results.get(0).get("dtype").asText());
    for (JsonNode result : results) {
      assertTrue(result.get("config").has("block_m"), run.out());
      assertTrue(result.get("time_us").asDouble() > 0.5, run.out());
    }
  }
}
