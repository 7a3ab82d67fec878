package dev.deepgemm.spi;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/**
 * What the cost model of tuned selection knows about a GPU and one type of operands. Times are
 * microseconds; rates are per microsecond. docs/heuristics.md has the formula.
 *
 * @param launch what every launch takes, whatever its size
 * @param beside the same where the next launch gets ready beside this one, its first stage included
 * @param macs multiply-adds of one SM's tensor cores
 * @param extraColumns columns that a tensor instruction costs on top of its own: operand A is read
 *     however narrow the tile is
 * @param step what a slab of 64 rows takes per step besides arithmetic: wait, issue, drain
 * @param column what a slab takes more per column of the tile: accumulation outside the tensor cores
 * @param shareA what a step costs more where two CTAs share A and wait for each other
 * @param shareB what a step costs more where two CTAs share B
 * @param l2Bytes bytes that the L2 cache gives to all SMs together
 * @param dramBytes bytes that memory gives and takes
 * @param cold share of B that memory gives once more where several CTAs ask for it at the same time
 * @param latency from asking for a stage to having it
 * @param tile what every tile costs, whatever its size
 * @param storeBytes bytes of D that one SM stores
 * @param hidden share of a tile's end, 0 to 1, that goes on during the next tile's beginning
 * @param group what a second group of warpgroups along k costs per tile
 * @param split what a second CTA along k costs per tile
 * @param handOverBytes bytes of sums that one SM hands over and adds up
 */
public record CostParameters(
    double launch,
    double beside,
    double macs,
    double extraColumns,
    double step,
    double column,
    double shareA,
    double shareB,
    double l2Bytes,
    double dramBytes,
    double cold,
    double latency,
    double tile,
    double storeBytes,
    double hidden,
    double group,
    double split,
    double handOverBytes) {

  private static final List<String> NAMES =
      Arrays.stream(CostParameters.class.getRecordComponents())
          .map(RecordComponent::getName)
          .toList();

  /** Checks that all are positive and finite, and that a share is one. */
  public CostParameters {
    double[] all = {
      launch,
      beside,
      macs,
      extraColumns,
      step,
      column,
      shareA,
      shareB,
      l2Bytes,
      dramBytes,
      cold,
      latency,
      tile,
      storeBytes,
      hidden,
      group,
      split,
      handOverBytes
    };
    for (int i = 0; i < all.length; i++) {
      if (!(all[i] > 0 && all[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(NAMES.get(i) + " is " + all[i] + "; legal: above 0");
      }
    }
    if (hidden > 1) {
      throw new IllegalArgumentException("hidden is " + hidden + "; legal: at most 1");
    }
  }

  /** The names, in the order of {@link #values}. */
  public static List<String> names() {
    return NAMES;
  }

  /** The values, in the order of {@link #names}. */
  public double[] values() {
    return new double[] {
      launch,
      beside,
      macs,
      extraColumns,
      step,
      column,
      shareA,
      shareB,
      l2Bytes,
      dramBytes,
      cold,
      latency,
      tile,
      storeBytes,
      hidden,
      group,
      split,
      handOverBytes
    };
  }

  /** Parameters from values in the order of {@link #names}. */
  public static CostParameters of(double... values) {
    if (values.length != NAMES.size()) {
      throw new IllegalArgumentException(values.length + " values; legal: " + NAMES.size());
    }
    return new CostParameters(
        values[0],
        values[1],
        values[2],
        values[3],
        values[4],
        values[5],
        values[6],
        values[7],
        values[8],
        values[9],
        values[10],
        values[11],
        values[12],
        values[13],
        values[14],
        values[15],
        values[16],
        values[17]);
  }
}
