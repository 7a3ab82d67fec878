package dev.deepgemm.heuristics;

import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.spi.Tuning;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why a problem got its configuration: everything that the selector looked at, in the order in
 * which it did. Immutable; {@link ConfigSelector#explain} makes it.
 */
public final class Explanation {
  private final Outcome outcome;
  private final Considered considered;

  /** What was selected, and by which rules. */
  record Outcome(GemmConfig config, Heuristics heuristics, boolean minimizesSms) {}

  /** What was looked at. */
  record Considered(
      List<TileCandidate> tiles,
      List<MulticastCandidate> multicasts,
      List<StagesCandidate> stages,
      List<Prediction> predictions) {
    Considered {
      tiles = List.copyOf(tiles);
      multicasts = List.copyOf(multicasts);
      stages = List.copyOf(stages);
      predictions = List.copyOf(predictions);
    }
  }

  Explanation(Outcome outcome, Considered considered) {
    this.outcome = outcome;
    this.considered = considered;
  }

  /** What was selected. */
  public GemmConfig config() {
    return outcome.config;
  }

  /** By which rules; classic also where tuned selection was asked for and has no answer. */
  public Heuristics heuristics() {
    return outcome.heuristics;
  }

  /** Whether the number of SMs was minimised ({@code DG_MINIMIZE_NUM_SMS}). */
  public boolean minimizesSms() {
    return outcome.minimizesSms;
  }

  /**
   * Every candidate of the classic rules, or the tile of the tuned choice alone; exactly one is {@link
   * Verdict#CHOSEN}.
   */
  public List<TileCandidate> tiles() {
    return considered.tiles;
  }

  /** Both ways to share an operand; none of a tuned choice. */
  public List<MulticastCandidate> multicasts() {
    return considered.multicasts;
  }

  /** Pipeline depths, deepest first, down to the one that was chosen; none of a tuned choice. */
  public List<StagesCandidate> stages() {
    return considered.stages;
  }

  /** The kernels of the tuned list, the fastest first; none without it. */
  public List<Prediction> predictions() {
    return considered.predictions;
  }

  /** What became of a candidate. */
  public enum Verdict {
    /** It is in the configuration. */
    CHOSEN,
    /** It is legal; another one was better or came first. */
    LOST,
    /** It is not legal. */
    REJECTED
  }

  /**
   * How the tiles of a problem fall on the SMs of its limit.
   *
   * @param blocks tiles of the whole problem
   * @param waves rounds that they take
   * @param lastWave SMs that have work in the last round
   */
  public record Rounds(long blocks, long waves, int lastWave) {}

  /**
   * A tile that was considered.
   *
   * @param tile the tile
   * @param rounds how many there are, and how they fall on the SMs
   * @param verdict what became of it
   * @param reason why it was rejected or what the chosen one did better; empty if chosen
   */
  public record TileCandidate(Tile tile, Rounds rounds, Verdict verdict, String reason) {
    /** Tiles of the whole problem. */
    public long blocks() {
      return rounds.blocks;
    }

    /** Rounds that they take on the SMs of the limit. */
    public long waves() {
      return rounds.waves;
    }

    /** SMs that have work in the last round. */
    public int lastWave() {
      return rounds.lastWave;
    }
  }

  /**
   * A way to share an operand.
   *
   * @param side which operand
   * @param verdict what became of it
   * @param reason why it was not chosen; empty if chosen
   */
  public record MulticastCandidate(Multicast side, Verdict verdict, String reason) {}

  /**
   * A pipeline depth.
   *
   * @param stages the depth
   * @param smemBytes shared memory that it takes
   * @param verdict what became of it
   * @param reason why it was not chosen; empty if chosen
   */
  public record StagesCandidate(int stages, int smemBytes, Verdict verdict, String reason) {}

  /**
   * A kernel whose time was predicted.
   *
   * @param kernel the kernel
   * @param cost its time by part; null where the problem has no such tile
   * @param verdict what became of it
   * @param reason why it was rejected or what the chosen one does better; empty if chosen
   */
  public record Prediction(
      Tuning.Kernel kernel, CostModel.@Nullable Cost cost, Verdict verdict, String reason) {}

  /** The chosen tile among the candidates. */
  public TileCandidate winner() {
    return tiles().stream()
        .filter(candidate -> candidate.verdict() == Verdict.CHOSEN)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Explanation that
        && outcome.equals(that.outcome)
        && considered.equals(that.considered);
  }

  @Override
  public int hashCode() {
    return Objects.hash(outcome, considered);
  }

  @Override
  public String toString() {
    return "Explanation[" + outcome + ", " + considered + "]";
  }
}
