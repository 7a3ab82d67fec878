package dev.deepgemm.measure.bench;

import dev.deepgemm.api.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The extents of a product that is timed. */
public record BenchShape(int m, int n, int k) {
  private static final String BASELINE = "baseline-h100.csv";

  /** The shapes that the project's peers were measured on; see the head of the resource. */
  public static List<BenchShape> baseline() {
    try (InputStream in = BenchShape.class.getResourceAsStream(BASELINE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + BASELINE + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .skip(1)
          .map(line -> line.split(","))
          .map(
              row ->
                  new BenchShape(
                      Integer.parseInt(row[0]), Integer.parseInt(row[1]), Integer.parseInt(row[2])))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Shapes as users write them, such as {@code 4096x4096x7168}.
   *
   * @param problems where to put what is not one ({@code DG-BENCH-04})
   */
  public static List<BenchShape> parse(List<String> texts, List<Problem> problems) {
    List<BenchShape> shapes = new ArrayList<>();
    for (String text : texts) {
      String[] extents = text.strip().split("x", -1);
      try {
        BenchShape shape =
            new BenchShape(
                Integer.parseInt(extents[0]),
                Integer.parseInt(extents[1]),
                Integer.parseInt(extents[2]));
        if (extents.length == 3 && Math.min(shape.m, Math.min(shape.n, shape.k)) > 0) {
          shapes.add(shape);
          continue;
        }
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        // Told below, like every other text that is no shape.
      }
      problems.add(
          Problem.of(
              "DG-BENCH-04",
              "--shapes has \"%s\"; legal: rows x columns x inner extent, such as 4096x4096x7168",
              text));
    }
    return shapes;
  }

  @Override
  public String toString() {
    return m + "x" + n + "x" + k;
  }
}
