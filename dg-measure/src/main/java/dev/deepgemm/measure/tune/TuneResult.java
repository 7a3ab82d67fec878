package dev.deepgemm.measure.tune;

import dev.deepgemm.api.config.GemmConfig;
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
public record TuneResult(TuneProblem problem, List<Measured> measured, boolean complete) {
  public TuneResult {
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
  public record Measured(
      GemmConfig config, double micros, int replays, double difference, @Nullable String problem) {
    public boolean passed() {
      return problem == null;
    }
  }

  /** The classic configuration, if it could be measured. */
  public Optional<Measured> classic() {
    return measured.stream().limit(1).filter(Measured::passed).findFirst();
  }

  /** The fastest. */
  public Optional<Measured> best() {
    return measured.stream()
        .filter(Measured::passed)
        .min(Comparator.comparingDouble(Measured::micros));
  }
}
