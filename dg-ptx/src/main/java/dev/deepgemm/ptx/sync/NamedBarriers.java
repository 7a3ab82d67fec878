package dev.deepgemm.ptx.sync;

import java.util.ArrayList;
import java.util.List;

/**
 * The hardware barriers of a kernel, sixteen per CTA, handed out by name. Numbers follow the order in
 * which they are asked for, so two parts of a kernel cannot meet at the same one by mistake.
 *
 * <p>Number 0 is the CTA's: it is also the one that {@link Sync#cta} waits at.
 */
public final class NamedBarriers {
  private static final int LIMIT = 16;

  private final List<String> names = new ArrayList<>();
  private final NamedBarrier cta;

  /** The barriers of a kernel with that many threads per CTA. */
  public NamedBarriers(int ctaThreads) {
    this.cta = allocate("CTA", ctaThreads);
  }

  /** Where all threads of the CTA meet. */
  public NamedBarrier cta() {
    return cta;
  }

  /**
   * The next barrier.
   *
   * @param name of those who meet, unique in the kernel
   * @param threads how many they are, a multiple of 32
   */
  public NamedBarrier allocate(String name, int threads) {
    return new NamedBarrier(name, take(name, 1), checked(name, threads));
  }

  /**
   * The next few barriers, one for each of several teams of equal size.
   *
   * @param name of those who meet, unique in the kernel
   * @param count how many teams there are
   * @param threads of each team, a multiple of 32
   */
  public NamedBarrier.Array allocate(String name, int count, int threads) {
    return new NamedBarrier.Array(name, take(name, count), count, checked(name, threads));
  }

  private int take(String name, int count) {
    int first = names.size();
    if (names.contains(name)) {
      throw new IllegalArgumentException("two named barriers are called " + name);
    }
    if (count < 1 || first + count > LIMIT) {
      throw new IllegalArgumentException(
          String.format(
              "%d barriers for %s; %d of %d are left, taken by %s",
              count, name, LIMIT - first, LIMIT, names));
    }
    for (int i = 0; i < count; i++) {
      names.add(name);
    }
    return first;
  }

  private static int checked(String name, int threads) {
    if (threads < 32 || threads > 1024 || threads % 32 != 0) {
      throw new IllegalArgumentException(
          "barrier of " + threads + " threads for " + name + "; legal: multiples of 32 up to 1024");
    }
    return threads;
  }
}
