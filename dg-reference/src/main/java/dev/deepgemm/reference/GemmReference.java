package dev.deepgemm.reference;

import dev.deepgemm.api.ScaleScheme;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What D should be, in double precision, for some rows and some columns of it.
 *
 * <p>A whole row needs all of B and a whole column all of A, so a few of each touch every input
 * byte and every tile of the output, at a small part of the cost of the whole product. The first
 * and the last line are always among those sampled: ragged edges are where kernels go wrong.
 *
 * <p>With each element comes its <em>magnitude</em>, the root of the sum over k of the squared
 * products, each 128 of k taken as one random vector. For random inputs it is the standard
 * deviation of the element, so an error divided by it means the same for every element,
 * cancellation or not, whatever the scales are. Exact sums of squared products would double the
 * cost and tell no more.
 */
public final class GemmReference {
  /**
   * A row (all columns) or a column (all rows) of D.
   *
   * @param value C + A B, or A B where nothing is added to
   * @param added C; no elements where nothing is added to
   * @param magnitude of A B
   */
  record Line(boolean isRow, int index, double[] value, double[] added, double[] magnitude) {}

  private final int m;
  private final int n;
  private final List<Line> lines;

  private GemmReference(int m, int n, List<Line> lines) {
    this.m = m;
    this.n = n;
    this.lines = List.copyOf(lines);
  }

  /** Every element. */
  public static GemmReference full(GemmData data) {
    List<Line> lines = rows(data, IntStream.range(0, data.m()).toArray());
    return new GemmReference(data.m(), data.n(), lines);
  }

  /**
   * Some rows and some columns.
   *
   * @param count how many of each, at most; the first and the last are always among them
   * @param seed which
   */
  public static GemmReference sampled(GemmData data, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Line> lines = new ArrayList<>(rows(data, sample(data.m(), count, random)));
    lines.addAll(columns(data, sample(data.n(), count, random)));
    return new GemmReference(data.m(), data.n(), lines);
  }

  /**
   * Compares an output with this reference.
   *
   * @throws IllegalArgumentException if the output has other extents
   */
  public GemmError compare(HostMatrix d) {
    if (d.rows() != m || d.cols() != n) {
      throw new IllegalArgumentException("d is " + d + ", the reference [" + m + ", " + n + "]");
    }
    return lines.stream()
        .parallel()
        .map(line -> GemmError.of(line, d))
        .reduce(GemmError.NONE, GemmError::plus);
  }

  /** Sampled elements; one that lies in a sampled row and a sampled column counts twice. */
  public long elements() {
    return lines.stream().mapToLong(line -> line.value().length).sum();
  }

  /** An element of a row of {@link #full}: of C + A B where the product is added to C. */
  public double get(int row, int col) {
    return line(row).value()[col];
  }

  /** What the product is added to in an element of a row of {@link #full}; 0 if it is not. */
  public double added(int row, int col) {
    double[] added = line(row).added();
    return added.length == 0 ? 0 : added[col];
  }

  private Line line(int row) {
    Line line = lines.get(row);
    if (lines.size() != m || !line.isRow()) {
      throw new IllegalStateException("only a full reference has every element");
    }
    return line;
  }

  private static int[] sample(int extent, int count, SplittableRandom random) {
    if (extent <= count) {
      return IntStream.range(0, extent).toArray();
    }
    TreeSet<Integer> chosen = new TreeSet<>(List.of(0, extent - 1));
    while (chosen.size() < count) {
      chosen.add(random.nextInt(extent));
    }
    return chosen.stream().mapToInt(Integer::intValue).toArray();
  }

  private interface Decoder {
    void decode(int row, double[] into);
  }

  private static List<Line> rows(GemmData data, int[] indexes) {
    HostMatrix c = data.c();
    Decoder added = c == null ? null : c::decodeRow;
    return lines(true, indexes, new Sides(data::decodeA, data::decodeB, data.k(), added), data.n());
  }

  private static List<Line> columns(GemmData data, int[] indexes) {
    HostMatrix c = data.c();
    Decoder added = c == null ? null : c::decodeColumn;
    return lines(
        false, indexes, new Sides(data::decodeB, data::decodeA, data.k(), added), data.m());
  }

  /** One operand, of which rows are given, the other one, of which all rows are taken, and C along them. */
  private record Sides(Decoder fixed, Decoder moving, int k, @Nullable Decoder added) {}

  private static List<Line> lines(boolean isRow, int[] indexes, Sides sides, int extent) {
    double[][] vectors = new double[indexes.length][sides.k];
    double[][] norms = new double[indexes.length][];
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < indexes.length; i++) {
      sides.fixed.decode(indexes[i], vectors[i]);
      norms[i] = blockNorms(vectors[i]);
      double[] added = new double[sides.added == null ? 0 : extent];
      if (sides.added != null) {
        sides.added.decode(indexes[i], added);
      }
      lines.add(new Line(isRow, indexes[i], new double[extent], added, new double[extent]));
    }
    IntStream.range(0, extent)
        .parallel()
        .forEach(
            j -> {
              double[] other = new double[sides.k];
              sides.moving.decode(j, other);
              double[] otherNorms = blockNorms(other);
              for (int i = 0; i < vectors.length; i++) {
                Line line = lines.get(i);
                double product = dot(vectors[i], other);
                line.value()[j] = line.added().length == 0 ? product : line.added()[j] + product;
                line.magnitude()[j] = Math.sqrt(dot(norms[i], otherNorms) / ScaleScheme.BLOCK);
              }
            });
    return lines;
  }

  /** Squared norms of the vector's pieces of 128. */
  private static double[] blockNorms(double[] vector) {
    double[] norms = new double[(vector.length - 1) / ScaleScheme.BLOCK + 1];
    for (int i = 0; i < vector.length; i++) {
      norms[i / ScaleScheme.BLOCK] += vector[i] * vector[i];
    }
    return norms;
  }

  // Eight sums side by side: one alone waits for its own addition at every step.
  private static double dot(double[] x, double[] y) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = 0;
    for (; i + 7 < x.length; i += 8) {
      s0 += x[i] * y[i];
      s1 += x[i + 1] * y[i + 1];
      s2 += x[i + 2] * y[i + 2];
      s3 += x[i + 3] * y[i + 3];
      s4 += x[i + 4] * y[i + 4];
      s5 += x[i + 5] * y[i + 5];
      s6 += x[i + 6] * y[i + 6];
      s7 += x[i + 7] * y[i + 7];
    }
    double sum = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    for (; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
