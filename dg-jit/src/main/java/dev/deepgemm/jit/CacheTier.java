package dev.deepgemm.jit;

/** Where a kernel came from. */
public enum CacheTier {
  /** This process had it. */
  MEMORY,
  /** The cache folder had it. */
  DISK,
  /** It was assembled. */
  ASSEMBLED
}
