package dev.deepgemm.api.config;

import org.jspecify.annotations.Nullable;

/**
 * Who works on one tile: the threads of a CTA, and how many CTAs share the tile along k.
 *
 * @param threads threads of each CTA by role
 * @param splitK CTAs of a cluster that take a range of k each and add up their sums; 1 if a CTA has
 *     its tile to itself
 */
public record Team(ThreadRoles threads, int splitK) {
  /** A CTA that has its tile to itself. */
  public static Team of(ThreadRoles threads) {
    return new Team(threads, 1);
  }

  // Written out as in GemmDesc, and for the same reason.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Team that && splitK == that.splitK && threads.equals(that.threads);
  }

  @Override
  public int hashCode() {
    return 31 * threads.hashCode() + splitK;
  }
}
