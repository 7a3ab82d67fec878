package dev.deepgemm.heuristics;

import dev.deepgemm.api.GemmDesc;
import dev.deepgemm.api.config.Tile;

/**
 * Which of two tiles is better, and by which rule.
 *
 * <p>The rules are not an order: the three tie-breaks can form a cycle, and none may hold either
 * way. The selector therefore keeps the best tile so far and replaces it only for a strictly better
 * one, and which candidate comes first can matter. A sort would answer differently.
 *
 * <p>Where waves and last wave agree, so do the block counts. In practice only {@link
 * #SMALLER_BLOCK_M} ever breaks such a tie: DeepGEMM's other two rules are kept because they are
 * part of the answer that we promise, and the last one needs its two conditions on n and m to be
 * harmless.
 */
enum TileOrder {
  /** Not better. */
  NONE,
  FEWER_WAVES,
  /** As many waves, and more SMs busy in the last of them. */
  FULLER_LAST_WAVE,
  /** A tie at the same block_m. */
  SMALLER_BLOCK_N,
  /** A tie at the same block_n: the smaller tile wastes less. */
  SMALLER_BLOCK_M,
  /** A tie with another block_m: a wider tile, if the problem fills it. */
  LARGER_BLOCK_N;

  /** The rule by which {@code tile} is better than {@code best}, or {@link #NONE}. */
  static TileOrder compare(GemmDesc desc, Tile tile, Waves waves, Tile best, Waves bestWaves) {
    if (waves.waves() != bestWaves.waves()) {
      return waves.waves() < bestWaves.waves() ? FEWER_WAVES : NONE;
    }
    if (waves.last() != bestWaves.last()) {
      return waves.last() > bestWaves.last() ? FULLER_LAST_WAVE : NONE;
    }
    if (tile.m() == best.m() && tile.n() < best.n()) {
      return SMALLER_BLOCK_N;
    }
    if (tile.n() == best.n() && tile.m() < best.m()) {
      return SMALLER_BLOCK_M;
    }
    boolean filled = tile.n() <= desc.n() && tile.m() <= desc.m();
    if (tile.m() != best.m() && tile.n() > best.n() && filled) {
      return LARGER_BLOCK_N;
    }
    return NONE;
  }
}
