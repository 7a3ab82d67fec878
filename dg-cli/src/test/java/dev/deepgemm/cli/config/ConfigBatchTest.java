package dev.deepgemm.cli.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.deepgemm.api.Options;
import dev.deepgemm.api.Problem;
import dev.deepgemm.spi.ArchSpecs;
import dev.deepgemm.workloads.files.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigBatchTest {
  private static final String HEADER = String.join(",", BatchColumns.INPUTS);
  private static final String ROW =
      "90,1,NORMAL,KERNEL_1D2D,128,4096,7168,1,K,K,FP8_E4M3,BF16,0,132";

  @TempDir Path folder;
  private Path in;
  private Path out;

  @BeforeEach
  void name() {
    in = folder.resolve("in.csv");
    out = folder.resolve("out.csv");
  }

  private ConfigBatch batch(String arch) {
    return new ConfigBatch(ArchSpecs.load(), arch, Options.defaults());
  }

  private List<String> run(String... rows) throws IOException {
    Files.writeString(in, HEADER + "\n" + String.join("\n", rows) + "\n");
    new ConfigBatch(ArchSpecs.load(), null, Options.defaults()).run(in, out);
    return Files.readAllLines(out);
  }

  private InputException refused(String text) throws IOException {
    Files.writeString(in, text);
    return refused();
  }

  /** Runs into an error, and checks that nothing came of it. */
  private InputException refused() throws IOException {
    Files.writeString(out, "before");
    InputException e = assertThrows(InputException.class, () -> batch("sm90").run(in, out));
    assertEquals("before", Files.readString(out));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(in, out), files.sorted().toList(), "something was left behind");
    }
    return e;
  }

  /** Every row as DeepGEMM answers it, byte by byte, and fast enough. */
  @ParameterizedTest
  @CsvSource({"sm90, 56", "sm100, 48"})
  void run_goldenTable_isReproduced(String arch, int errors) throws IOException {
    in = folder.resolve("golden.csv.gz");
    out = folder.resolve("out.csv.gz");
    try (InputStream golden =
        Objects.requireNonNull(
            getClass().getResourceAsStream("/golden/heuristics-" + arch + ".csv.gz"))) {
      Files.copy(golden, in);
    }
    int rows = assertTimeout(Duration.ofSeconds(20), () -> batch(arch).run(in, out));
    assertEquals(60_000, rows);
    List<String> wanted = unzip(in);
    List<String> got = unzip(out);
    assertEquals(wanted.size(), got.size());
    List<String> errorRows = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      if (i == 0 || wanted.get(i).endsWith(",")) {
        assertEquals(wanted.get(i), got.get(i));
      } else {
        errorRows.add(got.get(i));
        String[] cells = got.get(i).split(",", -1);
        assertEquals(33, cells.length, got.get(i));
        assertArrayEquals(
            Arrays.copyOf(wanted.get(i).split(",", -1), 32), Arrays.copyOf(cells, 32));
        assertTrue(cells[32].matches("DG-(CONF|SMEM)-0\\d: .*"), got.get(i));
      }
    }
    assertEquals(errors, errorRows.size());
  }

  private static List<String> unzip(Path file) throws IOException {
    try (InputStream gzip = new GZIPInputStream(Files.newInputStream(file))) {
      String text = new String(gzip.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(text.endsWith("\n"));
      return text.lines().toList();
    }
  }

  @Test
  void run_minimize_overridesTheSwitchRowByRow() throws IOException {
    List<String> lines = run(ROW, ROW.replace("90,1,", "90,0,"), ROW.replace("90,1,", "90,-7,"));
    assertEquals("128", lines.get(1).split(",")[19]);
    assertEquals("132", lines.get(2).split(",")[19]);
    assertEquals("128", lines.get(3).split(",")[19]);
  }

  @Test
  void run_extraColumns_areIgnored() throws IOException {
    Files.writeString(in, HEADER + ",note,more\n" + ROW + ",x,\"y\n" + ROW + "\n");
    batch("sm90").run(in, out);
    List<String> lines = Files.readAllLines(out);
    assertEquals(BatchColumns.header(), lines.get(0));
    assertEquals(lines.get(1), lines.get(2));
    assertTrue(lines.get(1).startsWith(ROW + ","));
  }

  @Test
  void run_windowsLineEnds_areRead() throws IOException {
    Files.writeString(in, HEADER + "\r\n" + ROW + "\r\n");
    assertEquals(1, batch("sm90").run(in, out));
    assertFalse(Files.readString(out).contains("\r"));
  }

  @Test
  void run_severalArchitectures_eachRowHasItsOwn() throws IOException {
    List<String> lines = run(ROW, "100" + ROW.substring(2).replace("1D2D", "1D1D"));
    assertEquals("256", lines.get(1).split(",")[27], "64-row tiles have two warpgroups");
    assertEquals("0", lines.get(2).split(",")[28], "SM100 has no TMA threads");
  }

  @Test
  void run_noRows_writesTheHeader() throws IOException {
    Files.writeString(in, HEADER + "\n");
    assertEquals(0, batch("sm90").run(in, out));
    assertEquals(BatchColumns.header() + "\n", Files.readString(out));
  }

  @Test
  void run_inPlace_replacesTheInput() throws IOException {
    Files.writeString(in, HEADER + "\n" + ROW + "\n");
    batch("sm90").run(in, in);
    String once = Files.readString(in);
    batch("sm90").run(in, in);
    assertEquals(once, Files.readString(in));
    assertTrue(once.startsWith(BatchColumns.header() + "\n" + ROW + ","));
  }

  @Test
  void run_unsupportedProblem_isAnAnswer() throws IOException {
    List<String> lines = run(ROW.replace("FP8_E4M3,BF16", "FP32,FP8_E4M3"), ROW);
    String[] cells = lines.get(1).split(",", -1);
    assertEquals(33, cells.length);
    assertTrue(cells[32].contains("DG-CONF-01"), cells[32]);
    assertTrue(cells[32].contains(" | DG-CONF-02"), cells[32]);
    assertTrue(lines.get(2).endsWith(","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4|m|x",
        "4|m|",
        "4|m|1.5",
        "4|m|2147483648",
        "4|m|0",
        "1|minimize|yes",
        "0|arch|sm90",
        "2|gemm_type|normal",
        "3|kernel_type|KERNEL",
        "8|major_a|N",
        "10|ab_dtype|FP16",
        "12|with_accumulation|2",
        "13|SM limit|-1",
      })
  void run_badValue_namesLineColumnAndWhatIsLegal(int column, String name, String value)
      throws IOException {
    String[] cells = ROW.split(",");
    cells[column] = value == null ? "" : value;
    InputException e = refused(HEADER + "\n" + ROW + "\n" + String.join(",", cells) + "\n");
    assertEquals(1, e.problems().size());
    Problem problem = e.problems().get(0);
    assertEquals("DG-CSV-02", problem.id());
    assertTrue(problem.message().contains("line 3: " + name), problem.message());
    assertTrue(problem.message().contains("legal: "), problem.message());
  }

  @Test
  void run_severalBadValuesInARow_areReportedTogether() throws IOException {
    InputException e = refused(HEADER + "\n" + ROW.replace("128", "x").replace("BF16", "y") + "\n");
    assertEquals(1, e.problems().size());
    assertTrue(e.getMessage().contains("m is \"x\""), e.getMessage());
    assertTrue(e.getMessage().contains("; cd_dtype is \"y\""), e.getMessage());
  }

  @Test
  void run_manyMalformedRows_reportsTwentyAndCountsTheRest() throws IOException {
    InputException e = refused(HEADER + "\n" + "garbage\n\n".repeat(15) + ROW + "\n");
    assertEquals(21, e.problems().size());
    assertTrue(e.problems().get(0).message().endsWith("line 2: 1 columns; at least 14 needed"));
    assertTrue(e.problems().get(19).message().contains("line 21:"));
    assertEquals("DG-CSV-03", e.problems().get(20).id());
    assertTrue(e.problems().get(20).message().contains("10 more malformed rows"));
  }

  @Test
  void run_otherArchitectureThanAsked_isMalformed() throws IOException {
    InputException e = refused(HEADER + "\n100" + ROW.substring(2) + "\n");
    assertTrue(e.getMessage().contains("arch is 100, but --arch is sm90"), e.getMessage());
  }

  @Test
  void run_unknownArchitecture_isMalformed() throws IOException {
    Files.writeString(in, HEADER + "\n80" + ROW.substring(2) + "\n");
    InputException e = assertThrows(InputException.class, () -> batch(null).run(in, out));
    assertTrue(e.getMessage().contains("line 2: no plugin for architecture \"sm80\""));
    assertFalse(Files.exists(out));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", ROW + "\n", "a,b,c\n", "arch,minimize\n"})
  void run_noHeader_isRefused(String text) throws IOException {
    InputException e = refused(text);
    assertEquals("DG-CSV-01", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("arch,minimize,gemm_type"), e.getMessage());
  }

  @Test
  void run_truncatedGzip_isRefused() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write((HEADER + "\n" + (ROW + "\n").repeat(1000)).getBytes(StandardCharsets.UTF_8));
    }
    Files.write(in, Arrays.copyOf(bytes.toByteArray(), bytes.size() - 20));
    assertEquals("DG-CSV-04", refused().problems().get(0).id());
  }

  @Test
  void run_missingInput_isRefused() {
    InputException e = assertThrows(InputException.class, () -> batch("sm90").run(in, out));
    assertEquals("DG-CSV-04", e.problems().get(0).id());
    assertTrue(e.getMessage().contains("in.csv"), e.getMessage());
    assertFalse(Files.exists(out));
  }

  @Test
  void run_outputInAMissingFolder_isRefused() throws IOException {
    Files.writeString(in, HEADER + "\n" + ROW + "\n");
    Path nowhere = folder.resolve("no/such/out.csv");
    InputException e = assertThrows(InputException.class, () -> batch("sm90").run(in, nowhere));
    assertEquals("DG-CLI-24", e.problems().get(0).id());
  }
}
