package dev.deepgemm.ptx.sync;

/**
 * Who arrives at an mbarrier in each of its phases. The count that the barrier is prepared with is
 * worked out here and nowhere else.
 *
 * @param each arrivals per CTA, one by each agent
 * @param agent who arrives, as a reader of the kernel would call them
 * @param ctas how many CTAs have such agents
 */
public record Arrivals(int each, String agent, int ctas) {
  /** What an mbarrier can count to. */
  private static final int LIMIT = (1 << 20) - 1;

  /** Checks that the hardware can count them. */
  public Arrivals {
    if (each < 1 || ctas < 1 || (long) each * ctas > LIMIT) {
      throw new IllegalArgumentException(
          String.format(
              "arrivals of %,d %s in each of %,d CTAs; legal: 1 to %,d in all",
              each, agent, ctas, LIMIT));
    }
  }

  /** Agents of the barrier's own CTA. */
  public static Arrivals of(int count, String agent) {
    return new Arrivals(count, agent, 1);
  }

  /** The same agents in each of so many CTAs. */
  public Arrivals inEachOf(int newCtas) {
    return new Arrivals(each, agent, newCtas);
  }

  /** Arrivals per phase. */
  public int count() {
    return each * ctas;
  }

  @Override
  public String toString() {
    return each + " " + agent + (ctas == 1 ? "" : " in each of " + ctas + " CTAs");
  }
}
