package dev.deepgemm.workloads;

import java.util.Locale;
import java.util.Random;

/**
 * Token counts as a serving engine meets them, one per forward pass; the same seed gives the same
 * counts on every machine.
 *
 * <p>What matters about them here is not their exact distribution but that they do not repeat much: a
 * library that compiles a kernel per token count meets a new one again and again.
 */
public enum TokenTrace {
  /** Prompts, one per pass: their lengths spread evenly over orders of magnitude. */
  PREFILL {
    @Override
    int next(Random random, int most) {
      return logUniform(random, Math.min(SHORTEST_PROMPT, most), most);
    }
  },
  /** One token per running request: requests come and go, so the batch wanders. */
  DECODE {
    @Override
    int next(Random random, int most) {
      throw new IllegalStateException("a walk needs its last step");
    }

    @Override
    int[] counts(Random random, int passes, int most) {
      int[] counts = new int[passes];
      int batch = 1;
      int largest = Math.min(most, LARGEST_BATCH);
      for (int i = 0; i < passes; i++) {
        counts[i] = batch;
        // Arrivals come in bursts, departures one by one; a full engine queues.
        int arrivals = random.nextInt(4) == 0 ? random.nextInt(1 + largest / 16) : 0;
        int departures = random.nextInt(2 + batch / 64);
        batch = Math.min(largest, Math.max(1, batch + arrivals - departures));
      }
      return counts;
    }
  },
  /** A running batch, and in every fourth pass a chunk of somebody's prompt besides. */
  MIXED {
    @Override
    int next(Random random, int most) {
      int batch = logUniform(random, 1, Math.min(most, LARGEST_BATCH));
      int chunk = random.nextInt(4) == 0 ? logUniform(random, 1, most) : 0;
      return Math.min(most, batch + chunk);
    }
  };

  private static final int SHORTEST_PROMPT = 16;
  private static final int LARGEST_BATCH = 512;

  /**
   * A trace.
   *
   * @param passes how many counts
   * @param most the largest count
   */
  public int[] counts(long seed, int passes, int most) {
    return counts(new Random(seed), passes, most);
  }

  int[] counts(Random random, int passes, int most) {
    int[] counts = new int[passes];
    for (int i = 0; i < passes; i++) {
      counts[i] = next(random, most);
    }
    return counts;
  }

  abstract int next(Random random, int most);

  private static int logUniform(Random random, int least, int most) {
    double span = Math.log((most + 1.0) / least);
    return Math.min(most, (int) (least * Math.exp(random.nextDouble() * span)));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
