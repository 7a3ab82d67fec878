package dev.deepgemm.cli;

import dev.deepgemm.api.GemmConfig;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a product after its candidates were tried.
 *
 * @param measured one for each candidate that was tried, the classic one first
 * @param complete whether all were
 */
record TuneResult(TuneProblem problem, List<Measured> measured, boolean complete) {
  TuneResult {
    measured = List.copyOf(measured);
  }

  /**
   * A candidate.
   *
   * @param micros time of one launch; of a quick look alone, if that was enough to see that it is slow;
   *     not a number if there is none
   * @param replays how many replays the time is the median of
   * @param difference from the classic configuration's result, relative
   * @param problem what is wrong; null if nothing is
   */
  record Measured(
      GemmConfig config, double micros, int replays, double difference, @Nullable String problem) {
    boolean passed() {
      return problem == null;
    }
  }

  /** The classic configuration, if it could be measured. */
  Optional<Measured> classic() {
    return measured.stream().limit(1).filter(Measured::passed).findFirst();
  }

  /** The fastest. */
  Optional<Measured> best() {
    return measured.stream()
        .filter(Measured::passed)
        .min(Comparator.comparingDouble(Measured::micros));
  }
}
