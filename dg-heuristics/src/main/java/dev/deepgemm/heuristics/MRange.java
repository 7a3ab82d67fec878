package dev.deepgemm.heuristics;

/**
 * Consecutive values of m.
 *
 * @param first the smallest, 1 or more
 * @param last the largest, included
 */
public record MRange(int first, int last) {
  /** Checks that there is at least one value. */
  public MRange {
    if (first < 1 || last < first) {
      throw new IllegalArgumentException("not a range of m: " + first + " to " + last);
    }
  }

  /** How many values there are. */
  public int size() {
    return last - first + 1;
  }

  /** Whether a value is among them. */
  public boolean contains(int m) {
    return first <= m && m <= last;
  }

  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
