package dev.deepgemm.measure.ttft;

/**
 * One product of a replay.
 *
 * @param m tokens
 * @param product its number among the products of a pass
 * @param micros from the call until its stream was empty, on the host
 * @param origin where the kernel came from
 */
public record TtftCall(int m, int product, double micros, Origin origin) {
  /** Where the kernel of a call came from. */
  enum Origin {
    /** The process had it loaded. */
    LOADED,
    /** A kernel pack. */
    PACK,
    /** The cache folder. */
    DISK,
    /** It was compiled while the caller waited. */
    COMPILED
  }

  /** A call above this is a stall: no product of the traces computes for so long. */
  static final double STALL_MICROS = 10_000;

  boolean isFirst() {
    return origin != Origin.LOADED;
  }

  boolean isStall() {
    return micros > STALL_MICROS;
  }
}
