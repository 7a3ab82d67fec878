package dev.deepgemm.cli.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.DataType;
import dev.deepgemm.cli.CommandRun;
import dev.deepgemm.reference.GemmData;
import dev.deepgemm.reference.GemmReference;
import dev.deepgemm.reference.HostMatrix;
import dev.deepgemm.testkit.SafetensorsFile;
import dev.deepgemm.workloads.safetensors.GemmFiles;
import dev.deepgemm.workloads.safetensors.Safetensors;
import dev.deepgemm.workloads.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    GemmData data = GemmFiles.read(in);
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
