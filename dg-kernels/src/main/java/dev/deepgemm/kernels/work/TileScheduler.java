package dev.deepgemm.kernels.work;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.config.KernelSpec;
import dev.deepgemm.api.config.Multicast;
import dev.deepgemm.api.config.Tile;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.SpecialRegister;
import dev.deepgemm.ptx.U32;
import dev.deepgemm.ptx.U32Var;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which tile a CTA works on next, as run-time code: the grid, the number of tiles and their shape
 * are launch arguments.
 *
 * <p><b>Bands.</b> Tiles that run at the same time should share operands in L2. The tiles of one
 * wave are taken from a band of some tiles along one dimension (the primary one) and as
 * many as needed along the other, instead of from one long row.
 *
 * <p><b>Clusters that split k</b> work on one tile together and take the same tiles as one CTA would.
 *
 * <p><b>Pairs.</b> With multicast the unit is a pair of tiles for the two CTAs of a cluster:
 * neighbours along the primary dimension, which share the operand of the secondary one. Where the
 * primary dimension has an odd number of tiles, its last row is cut into pairs along the secondary
 * dimension instead. Those share the other operand, but fetch it twice: it is one row, and a second
 * set of multicast paths would cost registers in all of them. Both CTAs of a cluster therefore
 * always take the same number of steps, and no CTA ever waits for a partner that has left. If the
 * last row is odd too, one CTA of the very last pair computes a tile that lies outside of D: TMA
 * reads zeros and writes nothing. This never adds a wave: the number of CTAs is even.
 */
public final class TileScheduler {
  /** Band widths that are tried, in tiles. */
  private static final List<Integer> BANDS = List.of(8, 16);

  private final Code code;
  private final Multicast multicast;
  private final int cluster;
  private final U32 mBlocks;
  private final U32 nBlocks;
  private final U32 bandWidth;
  private final U32 tiles;
  private final U32 rank;

  TileScheduler(Code code, KernelSpec spec, U32 mBlocks, U32 nBlocks, U32 bandWidth, U32 tiles) {
    this.code = code;
    this.multicast = spec.multicast();
    this.cluster = spec.cluster();
    this.mBlocks = mBlocks;
    this.nBlocks = nBlocks;
    this.bandWidth = bandWidth;
    this.tiles = tiles;
    this.rank =
        multicast == Multicast.NONE ? code.u32(0) : code.special(SpecialRegister.CLUSTER_CTARANK);
  }

  /** Rank of this CTA among those that share an operand. */
  public U32 rank() {
    return rank;
  }

  /**
   * A tile to work on.
   *
   * @param m index along m
   * @param n index along n
   * @param shared whether the pair shares its operand; null without multicast
   */
  public record Place(U32 m, U32 n, @Nullable Pred shared) {}

  /** Index of this CTA's first tile (pair of tiles), whether it exists or not. */
  U32 firstIndex() {
    return code.div(code.special(SpecialRegister.CTAID_X), cluster);
  }

  /** Whether there is a tile of that index. */
  Pred exists(U32 index) {
    return code.setp(Cmp.LT, index, tiles);
  }

  /** Runs the body with the index of each of this CTA's tiles from one on, and the step to the next. */
  void loop(U32 from, BiConsumer<U32, U32> body) {
    U32 step = code.div(code.special(SpecialRegister.NCTAID_X), cluster);
    code.loop(from, tiles, step, index -> body.accept(index, step));
  }

  /** A tile that was located before. */
  Place at(U32 index, U32 m, U32 n) {
    return new Place(m, n, multicast == Multicast.NONE ? null : shares(index));
  }

  /** Locates a tile that exists. */
  Place place(U32 index) {
    code.comment("where a tile is");
    return switch (multicast) {
      case NONE -> single(index);
      case ON_B -> {
        Spot spot = ofPair(index, mBlocks, nBlocks);
        yield at(index, spot.primary, spot.secondary);
      }
      case ON_A -> {
        Spot spot = ofPair(index, nBlocks, mBlocks);
        yield at(index, spot.secondary, spot.primary);
      }
    };
  }

  private Place single(U32 index) {
    Spot spot = spot(index, mBlocks, nBlocks);
    return new Place(spot.primary, spot.secondary, null);
  }

  private record Spot(U32 primary, U32 secondary) {}

  private Pred shares(U32 index) {
    return code.setp(Cmp.LT, index, sharing());
  }

  /** How many pairs share an operand; those behind them are in an odd last row. */
  private U32 sharing() {
    return multicast == Multicast.ON_B
        ? code.mul(code.shr(mBlocks, 1), nBlocks)
        : code.mul(code.shr(nBlocks, 1), mBlocks);
  }

  private Spot ofPair(U32 index, U32 primaryBlocks, U32 secondaryBlocks) {
    U32Var primary = code.u32Var();
    U32Var secondary = code.u32Var();
    code.choose(
        shares(index),
        () -> {
          Spot spot = spot(index, code.shr(primaryBlocks, 1), secondaryBlocks);
          code.set(primary, code.mad(spot.primary, 2, rank));
          code.set(secondary, spot.secondary);
        },
        () -> {
          code.set(primary, code.sub(primaryBlocks, 1));
          code.set(secondary, code.mad(code.sub(index, sharing()), 2, rank));
        });
    return new Spot(primary, secondary);
  }

  private Spot spot(U32 index, U32 primaryBlocks, U32 secondaryBlocks) {
    U32Var primary = code.var(0);
    U32Var secondary = code.var(index);
    // With few rows there is but one row of tiles, and time for no division.
    code.when(
        code.setp(Cmp.GT, primaryBlocks, 1),
        () -> {
          U32 perBand = code.mul(bandWidth, secondaryBlocks);
          U32 band = code.div(index, perBand);
          U32 first = code.mul(band, bandWidth);
          U32 width = code.min(bandWidth, code.sub(primaryBlocks, first));
          U32 inBand = code.sub(index, code.mul(band, perBand));
          code.set(secondary, code.div(inBand, width));
          code.set(primary, code.add(first, code.sub(inBand, code.mul(secondary, width))));
        });
    return new Spot(primary, secondary);
  }

  /** How many units there are to work on: tiles, or pairs of tiles. */
  static int units(Multicast multicast, int mBlocks, int nBlocks) {
    return switch (multicast) {
      case NONE -> Math.multiplyExact(mBlocks, nBlocks);
      case ON_B -> pairs(mBlocks, nBlocks);
      case ON_A -> pairs(nBlocks, mBlocks);
    };
  }

  private static int pairs(int primaryBlocks, int secondaryBlocks) {
    int lastRow = primaryBlocks % 2 == 0 ? 0 : cdiv(secondaryBlocks, 2);
    return Math.addExact(Math.multiplyExact(primaryBlocks / 2, secondaryBlocks), lastRow);
  }

  /**
   * Units per band: the width for which a wave reads the fewest distinct rows of A and B. A wave of
   * s tiles in a band of g covers g tiles along the primary dimension and s / g along the other.
   */
  static int bandWidth(Multicast multicast, Tile tile, int numSms) {
    int primary = multicast == Multicast.ON_A ? tile.n() : tile.m();
    int secondary = multicast == Multicast.ON_A ? tile.m() : tile.n();
    int best = BANDS.get(0);
    int fewest = Integer.MAX_VALUE;
    for (int candidate : BANDS) {
      int rows = candidate * primary + cdiv(numSms, candidate) * secondary;
      if (rows < fewest) {
        fewest = rows;
        best = candidate;
      }
    }
    return best / multicast.ctas();
  }
}
