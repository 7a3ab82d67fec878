package dev.deepgemm.spi;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/**
 * What the cost model of tuned selection knows about a GPU and one type of operands. Times are
 * microseconds; rates are per microsecond. docs/heuristics.md has the formula.
 *
 * @param launch what every launch takes, whatever its size
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
 * @param pair what every tile costs more where two CTAs share an operand: each waits for the other's end
 * @param storeBytes bytes of D that one SM stores
 * @param hidden share of a tile's end, 0 to 1, that goes on during the next tile's beginning
 * @param slice what a second set of warpgroups along k costs per tile
 * @param split what a second CTA along k costs per tile
 * @param handOverBytes bytes of sums that one SM hands over and adds up
 */
public record CostParameters(
    double launch,
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
    double pair,
    double storeBytes,
    double hidden,
    double slice,
    double split,
    double handOverBytes) {

  private static final List<RecordComponent> COMPONENTS =
      List.of(CostParameters.class.getRecordComponents());

  private static final List<String> NAMES =
      COMPONENTS.stream().map(RecordComponent::getName).toList();

  /** Checks that all are positive and finite, and that a share is one. */
  public CostParameters {
    double[] all = {
      launch,
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
      pair,
      storeBytes,
      hidden,
      slice,
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
    return COMPONENTS.stream().mapToDouble(this::value).toArray();
  }

  private double value(RecordComponent component) {
    try {
      return (double) component.getAccessor().invoke(this);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record's own accessor failed", e);
    }
  }

  /** Parameters from values in the order of {@link #names}. */
  public static CostParameters of(double... values) {
    if (values.length != NAMES.size()) {
      throw new IllegalArgumentException(values.length + " values; legal: " + NAMES.size());
    }
    Object[] arguments = Arrays.stream(values).boxed().toArray();
    Class<?>[] types = COMPONENTS.stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return CostParameters.class.getDeclaredConstructor(types).newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException illegal) {
        throw illegal;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record's own constructor failed", e);
    }
  }
}
