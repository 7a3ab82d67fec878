package dev.deepgemm.cli.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Signature;
import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.measure.bench.BenchKind;
import dev.deepgemm.measure.bench.BenchShape;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmError;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.reference.Tolerance;
import dev.deepgemm.testkit.SafetensorsFile;
import dev.deepgemm.workloads.safetensors.GemmFiles;
import dev.deepgemm.workloads.safetensors.Safetensors;
import dev.deepgemm.workloads.safetensors.TensorInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code dg gemm --in --out}, on the emulator. */
class GemmFilesTest {
  @TempDir Path folder;

  @Test
  void fp8_productOfTheFileIsWritten() throws IOException {
    Path in = Files.write(folder.resolve("x"), SafetensorsFile.fp8(21, 130, 200));
    Path out = folder.resolve("y");
    CommandRun run =
        CommandRun.of("gemm", "--device", "emulator", "--in", "" + in, "--out", "" + out);
    assertEquals(0, run.code(), run::toString);
    GemmData data = GemmFiles.read(in, type -> Signature.FP8);
    try (Safetensors file = Safetensors.open(out)) {
      TensorInfo info = file.tensor("d").orElseThrow();
      assertEquals("BF16[21, 130]", info.toString());
      HostMatrix d = file.read(info, DataType.BF16);
      double error = GemmReference.full(data).compare(d).relative();
      assertTrue(error > 0 && error < 4e-3, "relative error " + error);
    }
  }

  @Test
  void bf16_productIsWrittenAsFp32WhereAsked() throws IOException {
    String header =
        "{"
            + SafetensorsFile.tensor("b", "BF16", "[3,5]", 0, 30)
            + ","
            + SafetensorsFile.tensor("a", "BF16", "[2,5]", 30, 50)
            + "}";
    byte[] ones = new byte[50];
    for (int i = 0; i < 50; i += 2) {
      ones[i] = (byte) 0x80; // 0x3F80 is 1
      ones[i + 1] = 0x3F;
    }
    Path in = Files.write(folder.resolve("x"), SafetensorsFile.of(header, ones));
    Path out = folder.resolve("y");
    CommandRun run =
        CommandRun.of(
            "gemm",
            "--device",
            "emulator",
            "--in",
            "" + in,
            "--out",
            "" + out,
            "--out-dtype",
            "fp32");
    assertEquals(0, run.code(), run::toString);
    try (Safetensors file = Safetensors.open(out)) {
      TensorInfo info = file.tensor("d").orElseThrow();
      assertEquals("F32[2, 3]", info.toString());
      HostMatrix d = file.read(info, DataType.FP32);
      for (int row = 0; row < 2; row++) {
        for (int col = 0; col < 3; col++) {
          assertEquals(5f, d.get(row, col));
        }
      }
    }
  }

  /** Odd extents: n is padded on the way in, and cut on the way out. */
  @ParameterizedTest
  @CsvSource({
    "bf16-nn, --layout nn",
    "bf16-tn-acc, --layout tn --accumulate",
    "bf16-tt-fp32-acc, --layout tt --accumulate --out-dtype fp32",
    "fp8-1d1d, --scaling 1d1d --accumulate",
    "fp8-1d1d-noacc, --scaling 1d1d",
    "fp8-acc, --accumulate"
  })
  void otherKinds_productOfTheFileIsWritten(String word, String options) throws IOException {
    GemmDesc desc =
        BenchKind.all().stream()
            .filter(kind -> kind.word().equals(word))
            .findFirst()
            .orElseThrow()
            .desc(new BenchShape(21, 130, 200));
    GemmData data = GemmData.random(desc, 3);
    Path in = Files.write(folder.resolve("x"), bytes(data));
    Path out = folder.resolve("y");
    String line = "gemm --device emulator --in " + in + " --out " + out + " " + options;
    CommandRun run = CommandRun.of(line.split(" "));
    assertEquals(0, run.code(), run::toString);
    try (Safetensors file = Safetensors.open(out)) {
      HostMatrix d = file.read(file.tensor("d").orElseThrow(), desc.dType());
      assertEquals(130, d.cols());
      GemmError error = GemmReference.full(data).compare(d);
      assertTrue(error.within(Tolerance.of(desc)), error::toString);
      assertTrue(error.relative() > 0, error::toString);
    }
  }

  /** As checkpoints have them: scales of rows lie with k contiguous. */
  private static byte[] bytes(GemmData data) {
    Map<String, HostMatrix> tensors = new LinkedHashMap<>();
    tensors.put("a", data.a());
    tensors.put("b", data.b());
    HostMatrix scalesA = data.scalesA();
    HostMatrix scalesB = data.scalesB();
    if (scalesA != null && scalesB != null) {
      boolean perRow = data.signature().scaling().equals(ScaleScheme.FP32_1D1D);
      tensors.put("a_scale", transposed(scalesA));
      tensors.put("b_scale", perRow ? transposed(scalesB) : scalesB);
    }
    HostMatrix c = data.c();
    if (c != null) {
      tensors.put("c", c);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> header = new ArrayList<>();
    tensors.forEach(
        (name, matrix) -> {
          int begin = bytes.size();
          for (int row = 0; row < matrix.rows(); row++) {
            int length = matrix.cols() * matrix.type().bytes();
            bytes.write(matrix.chunkOf(row), matrix.offsetInChunk(row), length);
          }
          String type =
              switch (matrix.type()) {
                case FP8_E4M3 -> "F8_E4M3";
                case BF16 -> "BF16";
                case FP32 -> "F32";
              };
          String shape = "[" + matrix.rows() + "," + matrix.cols() + "]";
          header.add(SafetensorsFile.tensor(name, type, shape, begin, bytes.size()));
        });
    return SafetensorsFile.of("{" + String.join(",", header) + "}", bytes.toByteArray());
  }

  private static HostMatrix transposed(HostMatrix matrix) {
    HostMatrix turned = HostMatrix.padded(matrix.type(), matrix.cols(), matrix.rows());
    for (int row = 0; row < matrix.rows(); row++) {
      for (int col = 0; col < matrix.cols(); col++) {
        turned.set(col, row, matrix.get(row, col));
      }
    }
    return turned;
  }

  @ParameterizedTest
  @CsvSource({
    "--accumulate, DG-FILE-08: there is no tensor \"c\"",
    "--scaling 1d1d, 'DG-FILE-09: tensor \"b_scale\" has shape [2, 2]; legal: [n, cdiv(k, 128)] = [130, 2]'",
    "--layout nn, DG-CONF-04",
    "--scaling none, DG-CONF-03",
    "--out-dtype fp32, DG-KERN-01",
    "--dtype fp8, DG-CLI-12: --dtype with --in",
    "--m 21 --k 200, 'DG-CLI-12: --m, --k with --in'"
  })
  void optionsThatTheFileDoesNotFit_areRefused(String options, String message) throws IOException {
    Path in = Files.write(folder.resolve("x"), SafetensorsFile.fp8(21, 130, 200));
    Path out = folder.resolve("y");
    String line = "gemm --device emulator --in " + in + " --out " + out + " " + options;
    CommandRun run = CommandRun.of(line.split(" "));
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains(message), run::err);
    assertFalse(Files.exists(out));
  }

  @Test
  void tensorCThatNothingIsAddedTo_isRefused() throws IOException {
    GemmDesc desc = GemmDesc.bf16(8, 8, 16, DataType.BF16);
    GemmDesc added = desc.withSignature(desc.signature().withAccumulate(true));
    Path in = Files.write(folder.resolve("x"), bytes(GemmData.random(added, 1)));
    CommandRun run =
        CommandRun.of("gemm", "--device", "emulator", "--in", "" + in, "--out", in + "y");
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains("DG-FILE-09: there is a tensor \"c\""), run::err);
  }

  @Test
  void malformedInput_leavesTheOutputAlone() throws IOException {
    Path in = Files.writeString(folder.resolve("x"), "this is no safetensors file");
    Path out = Files.writeString(folder.resolve("y"), "precious");
    CommandRun run =
        CommandRun.of("gemm", "--device", "emulator", "--in", "" + in, "--out", "" + out);
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains("DG-FILE-02"), run.err());
    assertEquals("precious", Files.readString(out));
  }

  @Test
  void outputFolderThatIsMissing_isToldBeforeAnythingIsRead() {
    Path out = folder.resolve("none/y");
    CommandRun run = CommandRun.of("gemm", "--in", "x", "--out", "" + out);
    assertEquals(2, run.code(), run::toString);
    assertTrue(run.err().contains("DG-CLI-24"), run.err());
    assertFalse(Files.exists(out));
  }
}
