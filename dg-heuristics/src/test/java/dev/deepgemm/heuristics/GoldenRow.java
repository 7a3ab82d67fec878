package dev.deepgemm.heuristics;

import dev.deepgemm.api.DataType;
import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.GemmKind;
import dev.deepgemm.api.Major;
import dev.deepgemm.api.ScaleScheme;
import dev.deepgemm.api.Shape;
import dev.deepgemm.api.Signature;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.ThreadRoles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * One row of a golden table.
 *
 * @param minimize the switch as written in the table
 * @param desc the problem
 * @param problem columns 3 to 14: the problem without the switch
 * @param results columns 15 to 32 as written, joined by commas
 * @param error what the C++ threw, or an empty string
 * @param line 1 is the header
 */
record GoldenRow(
    String minimize, GemmDesc desc, String problem, String results, String error, int line) {
  private static final int INPUTS = 14;
  private static final int COLUMNS = 33;

  static List<GoldenRow> table(String arch) {
    String name = "/golden/heuristics-" + arch + ".csv.gz";
    try (var in = Objects.requireNonNull(GoldenRow.class.getResourceAsStream(name), name);
        var reader =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII))) {
      List<GoldenRow> rows = new ArrayList<>();
      String header = reader.readLine();
      if (header == null || !header.endsWith(",error")) {
        throw new IllegalStateException("not a golden table: " + header);
      }
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        rows.add(parse(text, rows.size() + 2));
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GoldenRow parse(String text, int line) {
    String[] c = text.split(",", -1);
    if (c.length != COLUMNS) {
      throw new IllegalStateException("line " + line + " has " + c.length + " columns");
    }
    DataType ab = DataType.valueOf(c[10]);
    Signature signature =
        new Signature(
            GemmKind.valueOf(c[2]),
            new Signature.Input(ab, Major.valueOf(c[8])),
            new Signature.Input(ab, Major.valueOf(c[9])),
            ScaleScheme.named(c[3]),
            new Signature.Output(DataType.valueOf(c[11]), c[12].equals("1")));
    Shape shape =
        Shape.of(
            signature.kind(),
            Integer.parseInt(c[7]),
            Integer.parseInt(c[4]),
            Integer.parseInt(c[5]),
            Integer.parseInt(c[6]));
    GemmDesc desc = new GemmDesc(signature, shape, Integer.parseInt(c[13]));
    return new GoldenRow(
        c[1],
        desc,
        String.join(",", List.of(c).subList(2, INPUTS)),
        String.join(",", List.of(c).subList(INPUTS, COLUMNS - 1)),
        c[COLUMNS - 1],
        line);
  }

  /** A configuration as the result columns of a table. */
  static String results(GemmConfig config) {
    KernelSpec kernel = config.kernel();
    ThreadRoles threads = kernel.threads();
    int[] columns = {
      kernel.tile().m(),
      kernel.tile().n(),
      kernel.tile().k(),
      kernel.stages(),
      config.numLastStages(),
      config.numSms(),
      100,
      kernel.multicast().ctas(),
      kernel.multicast() == Multicast.ON_A ? 1 : 0,
      config.smemBytes(),
      kernel.swizzles().a(),
      kernel.swizzles().b(),
      kernel.swizzles().d(),
      threads.total(),
      threads.of("tma"),
      threads.of("math"),
      threads.of("issue"),
      threads.of("epilogue")
    };
    StringBuilder text = new StringBuilder();
    for (int column : columns) {
      text.append(text.isEmpty() ? "" : ",").append(column);
    }
    return text.toString();
  }
}
