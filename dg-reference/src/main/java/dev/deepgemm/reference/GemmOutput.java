package dev.deepgemm.reference;

import dev.deepgemm.api.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An output with poison in it: a NaN that no arithmetic produces, in D, in the padding of its rows
 * and in some rows behind it. What was not written is still poison, and what should not have been
 * written no longer is. Where the product is added to what D holds, there is poison around it alone; an
 * element that was never written then still is what it was, and a comparison with the reference shows it.
 */
public final class GemmOutput {
  /** Rows of poison behind D. */
  private static final int GUARD_ROWS = 8;

  private static final byte LOW = (byte) 0xA5;
  private static final byte HIGH = (byte) 0xFF;

  private GemmOutput() {}

  /** A poisoned matrix for D and its guard rows: [m + 8, n], rows padded to 16 bytes. */
  public static HostMatrix poisoned(DataType type, int m, int n) {
    HostMatrix d = HostMatrix.padded(type, m + GUARD_ROWS, n);
    return type == DataType.BF16 ? d.fill(LOW, HIGH) : d.fill(LOW, LOW, LOW, HIGH);
  }

  /**
   * What D and its surroundings hold before a launch on these inputs: poison, and where the product is
   * added to C, C in D and poison around it.
   */
  public static HostMatrix before(GemmData data) {
    HostMatrix guarded = poisoned(data.signature().dType(), data.m(), data.n());
    HostMatrix c = data.c();
    if (c != null) {
      int bytes = c.cols() * c.type().bytes();
      for (int row = 0; row < c.rows(); row++) {
        System.arraycopy(
            c.chunkOf(row),
            c.offsetInChunk(row),
            guarded.chunkOf(row),
            guarded.offsetInChunk(row),
            bytes);
      }
    }
    return guarded;
  }

  /** What is wrong with the poison after a launch, in words; empty if nothing is. */
  public static List<String> problems(HostMatrix guarded) {
    int m = guarded.rows() - GUARD_ROWS;
    int poison = poison(guarded);
    List<String> problems = new ArrayList<>();
    long unwritten = unwritten(guarded);
    if (unwritten > 0) {
      problems.add(
          String.format(
              "%,d of %,d elements of D were never written", unwritten, (long) m * guarded.cols()));
    }
    long outside =
        IntStream.range(0, guarded.rows())
            .parallel()
            .mapToLong(
                row ->
                    count(
                        guarded,
                        row,
                        row < m ? guarded.cols() : 0,
                        guarded.stride(),
                        poison,
                        false))
            .sum();
    if (outside > 0) {
      problems.add(String.format("%,d elements outside D were written", outside));
    }
    return problems;
  }

  /** Share of D that was written, 0 to 1. */
  public static double written(HostMatrix guarded) {
    int m = guarded.rows() - GUARD_ROWS;
    return 1 - unwritten(guarded) / ((double) m * guarded.cols());
  }

  private static long unwritten(HostMatrix guarded) {
    int poison = poison(guarded);
    return IntStream.range(0, guarded.rows() - GUARD_ROWS)
        .parallel()
        .mapToLong(row -> count(guarded, row, 0, guarded.cols(), poison, true))
        .sum();
  }

  private static int poison(HostMatrix guarded) {
    return guarded.type() == DataType.BF16 ? 0xFFA5 : 0xFFA5A5A5;
  }

  /** D without its guard rows. */
  public static HostMatrix unguarded(HostMatrix guarded) {
    int m = guarded.rows() - GUARD_ROWS;
    HostMatrix d = HostMatrix.strided(guarded.type(), m, guarded.cols(), guarded.stride());
    for (int row = 0; row < m; row++) {
      System.arraycopy(
          guarded.chunkOf(row),
          guarded.offsetInChunk(row),
          d.chunkOf(row),
          d.offsetInChunk(row),
          d.rowBytes());
    }
    return d;
  }

  private static long count(HostMatrix d, int row, int from, int to, int poison, boolean equal) {
    long count = 0;
    for (int col = from; col < to; col++) {
      if ((d.bits(row, col) == poison) == equal) {
        count++;
      }
    }
    return count;
  }
}
