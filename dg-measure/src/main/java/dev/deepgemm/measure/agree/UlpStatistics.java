package dev.deepgemm.measure.agree;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.deepgemm.api.DataType;
import dev.deepgemm.reference.HostMatrix;

/**
 * How far two outputs of one type are from each other, in units in the last place: the number of values
 * of the type that lie between two elements. An element near zero, where terms cancelled, may be many
 * units away and still be right, so the norm of the difference stands beside.
 *
 * @param elements compared
 * @param equal with the same bits
 * @param within1 one unit apart or less
 * @param within2 two units apart or less
 * @param most largest distance
 * @param sum of all distances
 * @param squaredDifference sum of the squared differences
 * @param squaredFirst sum of the squares of the first output
 */
public record UlpStatistics(
    long elements,
    long equal,
    long within1,
    long within2,
    long most,
    double sum,
    double squaredDifference,
    double squaredFirst) {

  static final UlpStatistics NONE = new UlpStatistics(0, 0, 0, 0, 0, 0, 0, 0);

  /**
   * Compares two outputs element by element.
   *
   * @throws IllegalArgumentException if they are of different types or extents, or of a type that is no
   *     output's
   */
  public static UlpStatistics of(HostMatrix first, HostMatrix second) {
    if (first.type() != second.type()
        || first.rows() != second.rows()
        || first.cols() != second.cols()
        || first.type() == DataType.FP8_E4M3) {
      throw new IllegalArgumentException(first + " and " + second);
    }
    boolean wide = first.type() == DataType.FP32;
    UlpStatistics all = NONE;
    for (int row = 0; row < first.rows(); row++) {
      for (int col = 0; col < first.cols(); col++) {
        long a = ordered(first.bits(row, col), wide);
        long b = ordered(second.bits(row, col), wide);
        double difference = (double) first.get(row, col) - second.get(row, col);
        double value = first.get(row, col);
        all = all.plus(one(Math.abs(a - b), difference * difference, value * value));
      }
    }
    return all;
  }

  private static UlpStatistics one(long distance, double squaredDifference, double squared) {
    return new UlpStatistics(
        1,
        distance == 0 ? 1 : 0,
        distance <= 1 ? 1 : 0,
        distance <= 2 ? 1 : 0,
        distance,
        distance,
        squaredDifference,
        squared);
  }

  /** The place of a value among all values of its type; both zeros have place 0. */
  private static long ordered(int bits, boolean wide) {
    int magnitude = wide ? bits & 0x7FFFFFFF : bits & 0x7FFF;
    boolean negative = wide ? bits < 0 : (bits & 0x8000) != 0;
    return negative ? -(long) magnitude : magnitude;
  }

  public UlpStatistics plus(UlpStatistics other) {
    return new UlpStatistics(
        elements + other.elements,
        equal + other.equal,
        within1 + other.within1,
        within2 + other.within2,
        Math.max(most, other.most),
        sum + other.sum,
        squaredDifference + other.squaredDifference,
        squaredFirst + other.squaredFirst);
  }

  double equalShare() {
    return (double) equal / elements;
  }

  public double mean() {
    return sum / elements;
  }

  /** Norm of the difference over the norm of the first output. */
  public double relative() {
    return squaredDifference == 0 ? 0 : Math.sqrt(squaredDifference / squaredFirst);
  }

  public void json(ObjectNode node) {
    node.put("elements", elements)
        .put("equal", equal)
        .put("within_1_ulp", within1)
        .put("within_2_ulp", within2)
        .put("most_ulp", most)
        .put("mean_ulp", mean())
        .put("relative_difference", relative());
  }
}
