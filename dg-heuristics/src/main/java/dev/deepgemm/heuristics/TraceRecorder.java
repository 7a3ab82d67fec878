package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Heuristics;
import dev.deepgemm.api.config.GemmConfig;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.heuristics.CostModel.Cost;
import dev.deepgemm.heuristics.Explanation.MulticastCandidate;
import dev.deepgemm.heuristics.Explanation.Prediction;
import dev.deepgemm.heuristics.Explanation.Rounds;
import dev.deepgemm.heuristics.Explanation.StagesCandidate;
import dev.deepgemm.heuristics.Explanation.TileCandidate;
import dev.deepgemm.heuristics.Explanation.Verdict;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.Tuning;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Listens to one selection and turns what it heard into an {@link Explanation}. */
final class TraceRecorder implements SelectionTrace {
  private record SeenTile(Tile tile, Waves waves, Legality legality) {}

  private record SeenKernel(Tuning.Kernel kernel, @Nullable Cost cost, Legality legality) {
    double micros() {
      return cost == null ? Double.POSITIVE_INFINITY : cost.micros();
    }
  }

  private final List<SeenKernel> kernels = new ArrayList<>();
  private final List<SeenTile> tiles = new ArrayList<>();
  private final List<MulticastCandidate> multicasts = new ArrayList<>();
  private final List<StagesCandidate> stages = new ArrayList<>();

  @Override
  public void tile(Tile tile, Waves waves, Legality legality) {
    tiles.add(new SeenTile(tile, waves, legality));
  }

  @Override
  public void multicast(Multicast side, Legality legality) {
    multicasts.add(new MulticastCandidate(side, verdict(legality), legality.reason()));
    if (legality.isLegal() && multicasts.size() == 1) {
      Multicast other = side == Multicast.ON_A ? Multicast.ON_B : Multicast.ON_A;
      multicasts.add(
          new MulticastCandidate(other, Verdict.LOST, side + " is legal and comes first"));
    }
  }

  @Override
  public void stages(int depth, int bytes, Legality legality) {
    stages.add(new StagesCandidate(depth, bytes, verdict(legality), legality.reason()));
  }

  @Override
  public void predicted(Tuning.Kernel kernel, @Nullable Cost cost, Legality legality) {
    kernels.add(new SeenKernel(kernel, cost, legality));
  }

  @Override
  public boolean isListening() {
    return true;
  }

  Explanation explanation(GemmConfig config, boolean minimizesSms) {
    // The classic rules look at tiles, and are followed unless a kernel of the list was chosen.
    boolean tuned = tiles.isEmpty();
    Tile chosen = config.kernel().tile();
    if (tuned) {
      int slots = config.desc().smLimit() / config.kernel().splitK();
      tile(chosen, Waves.of(config.desc(), chosen, slots), Legality.legal());
    }
    SeenTile winner =
        tiles.stream().filter(seen -> seen.tile.equals(chosen)).findFirst().orElseThrow();
    List<TileCandidate> candidates =
        tiles.stream().map(seen -> candidate(config.desc(), seen, winner)).toList();
    Heuristics rules = tuned ? Heuristics.TUNED : Heuristics.CLASSIC;
    return new Explanation(
        new Explanation.Outcome(config, rules, minimizesSms),
        new Explanation.Considered(candidates, multicasts, stages, predictions()));
  }

  private List<Prediction> predictions() {
    List<SeenKernel> ordered = new ArrayList<>(kernels);
    ordered.sort(Comparator.comparingDouble(SeenKernel::micros));
    List<Prediction> predictions = new ArrayList<>();
    SeenKernel fastest = null;
    for (SeenKernel seen : ordered) {
      if (!seen.legality.isLegal()) {
        predictions.add(
            new Prediction(seen.kernel, seen.cost, Verdict.REJECTED, seen.legality.reason()));
      } else if (fastest == null) {
        predictions.add(new Prediction(seen.kernel, seen.cost, Verdict.CHOSEN, ""));
        fastest = seen;
      } else {
        double more = 100 * (seen.micros() / fastest.micros() - 1);
        predictions.add(
            new Prediction(seen.kernel, seen.cost, Verdict.LOST, format("%.1f %% slower", more)));
      }
    }
    return predictions;
  }

  private static Verdict verdict(Legality legality) {
    return legality.isLegal() ? Verdict.CHOSEN : Verdict.REJECTED;
  }

  private static TileCandidate candidate(GemmDesc desc, SeenTile seen, SeenTile winner) {
    Verdict verdict;
    String reason;
    if (!seen.legality.isLegal()) {
      verdict = Verdict.REJECTED;
      reason = seen.legality.reason();
    } else if (seen.tile.equals(winner.tile)) {
      verdict = Verdict.CHOSEN;
      reason = "";
    } else {
      verdict = Verdict.LOST;
      reason = whyLost(desc, seen, winner);
    }
    Waves waves = seen.waves;
    Rounds rounds = new Rounds(waves.blocks(), waves.waves(), waves.last());
    return new TileCandidate(seen.tile, rounds, verdict, reason);
  }

  private static String whyLost(GemmDesc desc, SeenTile loser, SeenTile winner) {
    TileOrder rule = TileOrder.compare(desc, winner.tile, winner.waves, loser.tile, loser.waves);
    return switch (rule) {
      case FEWER_WAVES -> format("%,d waves, not %,d", loser.waves.waves(), winner.waves.waves());
      case FULLER_LAST_WAVE ->
          format("last wave on %d SMs, not %d", loser.waves.last(), winner.waves.last());
      case SMALLER_BLOCK_N -> format("tie; %s has the smaller block_n", winner.tile);
      case SMALLER_BLOCK_M -> format("tie; %s has the smaller block_m", winner.tile);
      case LARGER_BLOCK_N -> format("tie; %s has the larger block_n", winner.tile);
      case NONE -> format("tie; not better than %s by any rule", winner.tile);
    };
  }

  private static String format(String pattern, Object... args) {
    return String.format(Locale.ROOT, pattern, args);
  }
}
