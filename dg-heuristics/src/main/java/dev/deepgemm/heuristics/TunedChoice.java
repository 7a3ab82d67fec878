package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.SmemUsage;
import dev.deepgemm.api.Tile;
import dev.deepgemm.heuristics.CostModel.Cost;
import dev.deepgemm.spi.ArchSpec;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.Tuning;
import java.util.Optional;

/**
 * The kernel of an architecture's list that the cost model predicts to be the fastest.
 *
 * <p>Predicting is cheaper than asking what is legal, so the question is asked only about a kernel that
 * would win. Of kernels that are predicted to be equally fast the first in the list wins.
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
    Tuning.Kernel best = null;
    double bestMicros = Double.POSITIVE_INFINITY;
    for (Tuning.Kernel kernel : tuning.portfolio()) {
      Cost cost = model.cost(desc, kernel);
      boolean faster = cost.micros() < bestMicros;
      if (faster || trace.isListening()) {
        Legality legality = legality(kernel);
        trace.predicted(kernel, cost, legality);
        if (faster && legality.isLegal()) {
          best = kernel;
          bestMicros = cost.micros();
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private Legality legality(Tuning.Kernel kernel) {
    Tile tile = kernel.tile();
    if (!arch.blockMs(desc).contains(tile.m())
        || !arch.blockNs(desc).contains(tile.n())
        || tile.k() != arch.blockK(desc)) {
      return Legality.illegal("tile %s is no candidate for this problem", tile);
    }
    Legality legality = arch.tile(desc, tile);
    if (!legality.isLegal()) {
      return legality;
    }
    if (Waves.of(desc, tile, desc.smLimit()).blocks() > Integer.MAX_VALUE) {
      return Legality.illegal("more tiles of %s than can be counted", tile);
    }
    legality = arch.stages(desc, tile, kernel.stages());
    if (!legality.isLegal()) {
      return legality;
    }
    if (kernel.multicast() != Multicast.NONE) {
      legality = arch.multicast(desc, tile, kernel.multicast(), desc.smLimit());
      if (!legality.isLegal()) {
        return legality;
      }
    }
    int splitK = kernel.team().splitK();
    if (splitK > desc.smLimit()) {
      return Legality.illegal("clusters of %d on %d SMs", splitK, desc.smLimit());
    }
    if (!arch.teams(desc, tile).contains(kernel.team())) {
      return Legality.illegal("no team of tile %s", tile);
    }
    Tile loaded = arch.loadedTile(tile, kernel.multicast());
    SmemUsage smem =
        arch.smem(desc, tile, loaded, Swizzling.of(arch, desc, tile, loaded), kernel.team());
    return smem.total(kernel.stages()) <= arch.smemCapacity()
        ? Legality.legal()
        : Legality.illegal("more than %d B of shared memory for this k", arch.smemCapacity());
  }
}
