package dev.deepgemm.reference;

import dev.deepgemm.api.DataType;

/**
 * How far an output is from its reference.
 *
 * <p>{@link #relative} is what GEMM papers quote, but its norm is ruled by the rows with the largest
 * scales, and one wrong element among millions vanishes in it. {@link #worst} catches both: it is a
 * maximum over elements, each measured in its own magnitude. The rounding of the output is taken off
 * before, since its bound is known exactly (half a unit in the last place of the element) and it would
 * hide all that matters: an FP32 accumulation is ten thousand times finer than BF16.
 *
 * @param squaredError sum of the squared differences
 * @param squaredReference sum of the squared reference
 * @param worst largest (|difference| - rounding) / magnitude; infinite if a difference is not a number
 *     or infinite
 * @param worstRow row of that element; -1 if no element differs by more than its rounding
 * @param worstCol column of that element; likewise -1
 */
public record GemmError(
    double squaredError, double squaredReference, double worst, int worstRow, int worstCol) {

  /** Nothing was compared yet. */
  static final GemmError NONE = new GemmError(0, 0, 0, -1, -1);

  /** The norm of the difference over the norm of the reference; 0 if both are 0. */
  public double relative() {
    return squaredError == 0 ? 0 : Math.sqrt(squaredError / squaredReference);
  }

  /** Whether both measures are within a tolerance. NaN never is. */
  public boolean within(Tolerance tolerance) {
    return relative() <= tolerance.relative() && worst <= tolerance.worst();
  }

  static GemmError of(GemmReference.Line line, HostMatrix d) {
    Rounding rounding = new Rounding(line, d.type());
    double error = 0;
    double reference = 0;
    double worst = 0;
    int at = -1;
    for (int i = 0; i < line.value().length; i++) {
      double got = line.isRow() ? d.get(line.index(), i) : d.get(i, line.index());
      double want = line.value()[i];
      double difference = Math.abs(got - want);
      error += difference * difference;
      reference += want * want;
      if (difference == 0 || (Double.isNaN(got) && Double.isNaN(want))) {
        continue;
      }
      double scaled = (difference - rounding.most(i)) / line.magnitude()[i];
      if (Double.isNaN(scaled)) {
        scaled = Double.POSITIVE_INFINITY;
      }
      if (scaled > worst) {
        worst = scaled;
        at = i;
      }
    }
    return new GemmError(
        error,
        reference,
        worst,
        at < 0 ? -1 : line.isRow() ? line.index() : at,
        at < 0 ? -1 : line.isRow() ? at : line.index());
  }

  /**
   * The most that rounding to the output's type changes an element. Where the product is added to C it may be
   * rounded on its own before the sum is. (FP32 sums are rounded with every step along k; the tolerance
   * has that already.)
   */
  private record Rounding(GemmReference.Line line, DataType type) {
    private static final double FP32_HALF_ULP = 0x1p-24;

    double most(int i) {
      double want = line.value()[i];
      boolean bf16 = type == DataType.BF16;
      if (line.added().length == 0) {
        return bf16 ? Bfloat16.HALF_ULP * Math.abs(want) : 0;
      }
      double unit = bf16 ? Bfloat16.HALF_ULP : FP32_HALF_ULP;
      double product = Math.abs(want - line.added()[i]);
      return unit * (Math.abs(want) + (1 + unit) * product);
    }
  }

  GemmError plus(GemmError other) {
    GemmError larger = other.worst > worst ? other : this;
    return new GemmError(
        squaredError + other.squaredError,
        squaredReference + other.squaredReference,
        larger.worst,
        larger.worstRow,
        larger.worstCol);
  }
}
