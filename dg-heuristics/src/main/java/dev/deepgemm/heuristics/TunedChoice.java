package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.heuristics.CostModel.Cost;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.Tuning;
import java.util.Optional;

/**
 * The kernel of an architecture's list that the cost model predicts to be the fastest.
 *
 * <p>The architecture may be asked about tiles that it has for a problem, and about no others, so a kernel
 * with another tile is out before its time is predicted. Predicting is cheaper than asking what else is
 * legal, so that question is asked only about a kernel that would win. Of kernels that are predicted to be
 * equally fast the first in the list wins.
 */
final class TunedChoice {
  private final ArchSpec arch;
  private final GemmDesc desc;
  private final Tuning tuning;

  TunedChoice(ArchSpec arch, GemmDesc desc, Tuning tuning) {
    this.arch = arch;
    this.desc = desc;
    this.tuning = tuning;
  }

  /** The fastest, or empty if none of the list is legal. */
  Optional<Tuning.Kernel> choose(SelectionTrace trace) {
    CostModel model = new CostModel(arch, tuning.parameters());
    LegalTiles tiles = LegalTiles.of(arch, desc);
    Tuning.Kernel best = null;
    double bestMicros = Double.POSITIVE_INFINITY;
    for (Tuning.Kernel kernel : tuning.portfolio()) {
      Legality tile = tiles.legality(kernel.tile());
      if (!tile.isLegal()) {
        trace.predicted(kernel, null, tile);
        continue;
      }
      Cost cost = model.cost(desc, kernel);
      boolean faster = cost.micros() < bestMicros;
      if (faster || trace.isListening()) {
        Legality legality = Candidates.legalityBesidesTile(arch, desc, kernel);
        trace.predicted(kernel, cost, legality);
        if (faster && legality.isLegal()) {
          best = kernel;
          bestMicros = cost.micros();
        }
      }
    }
    return Optional.ofNullable(best);
  }
}
