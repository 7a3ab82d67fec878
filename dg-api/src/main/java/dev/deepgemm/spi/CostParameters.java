package dev.deepgemm.spi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the cost model of tuned selection knows about a GPU and one type of operands: a number for each
 * {@link Parameter}. Times are microseconds; rates are per microsecond. docs/heuristics.md has the formula.
 *
 * <p>Immutable.
 */
public final class CostParameters {
  /** By ordinal. */
  private final List<Double> values;

  private CostParameters(List<Double> values) {
    this.values = List.copyOf(values);
  }

  /** What there is a number for. */
  public enum Parameter {
    /** What every launch takes, whatever its size. */
    LAUNCH("launch"),
    /** Multiply-adds of one SM's tensor cores. */
    MACS("macs"),
    /**
     * Columns that a tensor instruction costs on top of its own: operand A is read however narrow the
     * tile is.
     */
    EXTRA_COLUMNS("extraColumns"),
    /** What a slab of 64 rows takes per step besides arithmetic: wait, issue, drain. */
    STEP("step"),
    /** What a slab takes more per column of the tile: accumulation outside the tensor cores. */
    COLUMN("column"),
    /** What a step costs more where two CTAs share A and wait for each other. */
    SHARE_A("shareA"),
    /** What a step costs more where two CTAs share B. */
    SHARE_B("shareB"),
    /** Bytes that the L2 cache gives to all SMs together. */
    L2_BYTES("l2Bytes"),
    /** Bytes that memory gives and takes. */
    DRAM_BYTES("dramBytes"),
    /** Share of B that memory gives once more where several CTAs ask for it at the same time. */
    COLD("cold"),
    /** From asking for a stage to having it. */
    LATENCY("latency"),
    /** What every tile costs, whatever its size. */
    TILE("tile"),
    /** What every tile costs more where two CTAs share an operand: each waits for the other's end. */
    PAIR("pair"),
    /** Bytes of D that one SM stores. */
    STORE_BYTES("storeBytes"),
    /** Share of a tile's end, 0 to 1, that goes on during the next tile's beginning. */
    HIDDEN("hidden"),
    /** What a second set of warpgroups along k costs per tile. */
    SLICE("slice"),
    /** What a second CTA along k costs per tile. */
    SPLIT("split"),
    /** Bytes of sums that one SM hands over and adds up. */
    HAND_OVER_BYTES("handOverBytes");

    private final String label;

    Parameter(String label) {
      this.label = label;
    }

    /** Its name in text, as {@link Tuning} has it. */
    public String label() {
      return label;
    }

    /** The parameter of that name. */
    public static Optional<Parameter> labelled(String label) {
      return Arrays.stream(values()).filter(it -> it.label.equals(label)).findFirst();
    }
  }

  /**
   * Parameters by a function.
   *
   * @throws IllegalArgumentException if a number is not positive and finite, or a share is above 1
   */
  public static CostParameters of(ToDoubleFunction<Parameter> value) {
    List<Double> values = new ArrayList<>();
    for (Parameter parameter : Parameter.values()) {
      double number = value.applyAsDouble(parameter);
      if (!(number > 0 && number < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(parameter.label + " is " + number + "; legal: above 0");
      }
      if (parameter == Parameter.HIDDEN && number > 1) {
        throw new IllegalArgumentException(
            parameter.label + " is " + number + "; legal: at most 1");
      }
      values.add(number);
    }
    return new CostParameters(values);
  }

  /** Parameters one by one. */
  public static Builder builder() {
    return new Builder();
  }

  /** Adds numbers. */
  public static final class Builder {
    private final Map<Parameter, Double> values = new EnumMap<>(Parameter.class);

    private Builder() {}

    /** The number of a parameter. */
    public Builder set(Parameter parameter, double value) {
      values.put(parameter, value);
      return this;
    }

    /** Whether there is a number for it. */
    boolean has(Parameter parameter) {
      return values.containsKey(parameter);
    }

    /**
     * All of them.
     *
     * @throws IllegalArgumentException if one is missing or not legal
     */
    public CostParameters build() {
      return of(
          parameter -> {
            Double value = values.get(parameter);
            if (value == null) {
              throw new IllegalArgumentException("parameter " + parameter.label + " is missing");
            }
            return value;
          });
    }
  }

  /** The number of a parameter. */
  public double get(Parameter parameter) {
    return values.get(parameter.ordinal());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CostParameters that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return Arrays.stream(Parameter.values())
        .map(parameter -> parameter.label + "=" + get(parameter))
        .collect(Collectors.joining(", ", "CostParameters[", "]"));
  }
}
