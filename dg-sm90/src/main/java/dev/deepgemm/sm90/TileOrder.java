package dev.deepgemm.sm90;

import static dev.deepgemm.api.IntMath.cdiv;

import dev.deepgemm.api.KernelSpec;
import dev.deepgemm.api.Multicast;
import dev.deepgemm.api.Tile;
import dev.deepgemm.ptx.Cmp;
import dev.deepgemm.ptx.Code;
import dev.deepgemm.ptx.Pred;
import dev.deepgemm.ptx.Special;
import dev.deepgemm.ptx.U32;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which tile a CTA works on next, as run-time code: the grid, the number of tiles and their shape
 * are launch arguments.
 *
 * <p><b>Groups.</b> Tiles that run at the same time should share operands in L2. The tiles of one
 * wave are taken from a band of {@code group} tiles along one dimension (the primary one) and as
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
final class TileOrder {
  /** Band widths that are tried, in tiles. */
  private static final List<Integer> GROUPS = List.of(8, 16);

  private final Code code;
  private final Multicast multicast;
  private final int cluster;
  private final U32 mBlocks;
  private final U32 nBlocks;
  private final U32 group;
  private final U32 tiles;
  private final U32 rank;

  TileOrder(Code code, KernelSpec spec, KernelParams params) {
    this.code = code;
    this.multicast = spec.multicast();
    this.cluster = spec.cluster();
    this.mBlocks = code.ldParam(params.mBlocks());
    this.nBlocks = code.ldParam(params.nBlocks());
    this.group = code.ldParam(params.groupSize());
    this.tiles = code.ldParam(params.tiles());
    this.rank = multicast == Multicast.NONE ? code.u32(0) : code.special(Special.CLUSTER_CTARANK);
  }

  /** Rank of this CTA among those that share an operand. */
  U32 rank() {
    return rank;
  }

  /**
   * A tile to work on.
   *
   * @param m index along m
   * @param n index along n
   * @param shared whether the pair shares its operand; null without multicast
   */
  record Place(U32 m, U32 n, @Nullable Pred shared) {}

  /** Runs the body for every tile of this CTA. */
  void forEach(Consumer<Place> body) {
    U32 step = code.div(code.special(Special.NCTAID_X), cluster);
    code.loop(firstIndex(), tiles, step, index -> body.accept(place(index)));
  }

  /** What a role does about a tile. */
  interface LookAhead {
    /**
     * Emits it.
     *
     * @param place the tile; whether a pair shares its operand is not said
     * @param prepareNext runs the preparation for the tile behind it, if there is one
     */
    void emit(Place place, Runnable prepareNext);
  }

  /**
   * Runs a body for every tile of this CTA, each of which is prepared before the body for the last one is
   * through: in front of the first, and where the body says.
   */
  void forEach(Consumer<Place> prepare, LookAhead body) {
    U32 step = code.div(code.special(Special.NCTAID_X), cluster);
    first(
        first -> {
          U32 m = code.var(first.m);
          U32 n = code.var(first.n);
          U32 nextM = code.newU32();
          U32 nextN = code.newU32();
          prepare.accept(first);
          code.loop(
              firstIndex(),
              tiles,
              step,
              index -> {
                U32 nextIndex = code.add(index, step);
                Pred hasNext = code.setp(Cmp.LT, nextIndex, tiles);
                // Divisions take long; in front of a tile's products they are hidden behind these.
                code.when(
                    hasNext,
                    () -> {
                      Place next = place(nextIndex);
                      code.set(nextM, next.m);
                      code.set(nextN, next.n);
                    });
                Place next = new Place(nextM, nextN, null);
                body.emit(
                    new Place(m, n, null), () -> code.when(hasNext, () -> prepare.accept(next)));
                code.set(m, nextM);
                code.set(n, nextN);
              });
        });
  }

  /** Runs the body for the first tile of this CTA, if it has one. */
  void first(Consumer<Place> body) {
    U32 index = firstIndex();
    code.when(code.setp(Cmp.LT, index, tiles), () -> body.accept(place(index)));
  }

  private U32 firstIndex() {
    return code.div(code.special(Special.CTAID_X), cluster);
  }

  private Place place(U32 index) {
    return switch (multicast) {
      case NONE -> single(index);
      case ON_B -> {
        Pair pair = pair(index, mBlocks, nBlocks);
        yield new Place(pair.primary, pair.secondary, pair.shared);
      }
      case ON_A -> {
        Pair pair = pair(index, nBlocks, mBlocks);
        yield new Place(pair.secondary, pair.primary, pair.shared);
      }
    };
  }

  private Place single(U32 index) {
    Spot spot = spot(index, mBlocks, nBlocks);
    return new Place(spot.primary, spot.secondary, null);
  }

  private record Spot(U32 primary, U32 secondary) {}

  private record Pair(U32 primary, U32 secondary, Pred shared) {}

  private Pair pair(U32 index, U32 primaryBlocks, U32 secondaryBlocks) {
    U32 pairs = code.shr(primaryBlocks, 1);
    U32 sharing = code.mul(pairs, secondaryBlocks);
    Pred shared = code.setp(Cmp.LT, index, sharing);
    U32 primary = code.newU32();
    U32 secondary = code.newU32();
    code.choose(
        shared,
        () -> {
          Spot spot = spot(index, pairs, secondaryBlocks);
          code.set(primary, code.mad(spot.primary, 2, rank));
          code.set(secondary, spot.secondary);
        },
        () -> {
          code.set(primary, code.sub(primaryBlocks, 1));
          code.set(secondary, code.mad(code.sub(index, sharing), 2, rank));
        });
    return new Pair(primary, secondary, shared);
  }

  private Spot spot(U32 index, U32 primaryBlocks, U32 secondaryBlocks) {
    U32 perGroup = code.mul(group, secondaryBlocks);
    U32 groupIndex = code.div(index, perGroup);
    U32 first = code.mul(groupIndex, group);
    U32 width = code.min(group, code.sub(primaryBlocks, first));
    U32 inGroup = code.sub(index, code.mul(groupIndex, perGroup));
    U32 secondary = code.div(inGroup, width);
    U32 primary = code.add(first, code.sub(inGroup, code.mul(secondary, width)));
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
  static int groupSize(Multicast multicast, Tile tile, int numSms) {
    int primary = multicast == Multicast.ON_A ? tile.n() : tile.m();
    int secondary = multicast == Multicast.ON_A ? tile.m() : tile.n();
    int best = GROUPS.get(0);
    int fewest = Integer.MAX_VALUE;
    for (int candidate : GROUPS) {
      int rows = candidate * primary + cdiv(numSms, candidate) * secondary;
      if (rows < fewest) {
        fewest = rows;
        best = candidate;
      }
    }
    return best / multicast.ctas();
  }
}
