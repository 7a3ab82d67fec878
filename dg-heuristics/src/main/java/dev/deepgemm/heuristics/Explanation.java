package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmConfig;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Tile;
import dev.deepgemm.spi.Tuning;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a problem got its configuration: everything that the selector looked at, in the order in
 * which it did.
 *
 * @param config what was selected
 * @param heuristics by which rules; classic also where tuned selection was asked for and has no answer
 * @param minimizesSms whether the number of SMs was minimised ({@code DG_MINIMIZE_NUM_SMS})
 * @param tiles every candidate of the classic rules, or the tile of the tuned choice alone; exactly one
 *     is {@link Verdict#CHOSEN}
 * @param multicasts both ways to share an operand; none of a tuned choice
 * @param stages pipeline depths, deepest first, down to the one that was chosen; none of a tuned choice
 * @param predictions the kernels of the tuned list, the fastest first; none without it
 */
public record Explanation(
    GemmConfig config,
    Heuristics heuristics,
    boolean minimizesSms,
    List<TileCandidate> tiles,
    List<MulticastCandidate> multicasts,
    List<StagesCandidate> stages,
    List<Prediction> predictions) {

  /** Copies the lists. */
  public Explanation {
    tiles = List.copyOf(tiles);
    multicasts = List.copyOf(multicasts);
    stages = List.copyOf(stages);
    predictions = List.copyOf(predictions);
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
   * A tile that was considered.
   *
   * @param tile the tile
   * @param blocks tiles of the whole problem
   * @param waves rounds that they take on the SMs of the limit
   * @param lastWave SMs that have work in the last round
   * @param verdict what became of it
   * @param reason why it was rejected or what the chosen one did better; empty if chosen
   */
  public record TileCandidate(
      Tile tile, long blocks, long waves, int lastWave, Verdict verdict, String reason) {}

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
    return tiles.stream()
        .filter(candidate -> candidate.verdict() == Verdict.CHOSEN)
        .findFirst()
        .orElseThrow();
  }
}
