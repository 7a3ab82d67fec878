package dev.deepgemm.heuristics;

import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.heuristics.CostModel.Cost;
import dev.deepgemm.spi.Legality;
import dev.deepgemm.spi.Tuning;
import org.jspecify.annotations.Nullable;

/**
 * What the selector tells while it decides. Selecting and explaining run the same code and differ
 * in who listens, so that an explanation cannot drift from the choice.
 */
interface SelectionTrace {
  /** Nobody listens. */
  SelectionTrace SILENT =
      new SelectionTrace() {
        @Override
        public void tile(Tile tile, Waves waves, Legality legality) {}

        @Override
        public void multicast(Multicast side, Legality legality) {}

        @Override
        public void stages(int stages, int bytes, Legality legality) {}

        @Override
        public void predicted(Tuning.Kernel kernel, @Nullable Cost cost, Legality legality) {}

        @Override
        public boolean isListening() {
          return false;
        }
      };

  /** A candidate was looked at. */
  void tile(Tile tile, Waves waves, Legality legality);

  /** Sharing an operand was considered. */
  void multicast(Multicast side, Legality legality);

  /** A pipeline depth was considered. */
  void stages(int stages, int bytes, Legality legality);

  /** The time of a kernel was predicted; there is none if the problem has no such tile. */
  void predicted(Tuning.Kernel kernel, @Nullable Cost cost, Legality legality);

  /** Whether somebody wants to hear of candidates that cannot win any more. */
  boolean isListening();
}
