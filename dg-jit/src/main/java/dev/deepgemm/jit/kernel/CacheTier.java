package dev.deepgemm.jit.kernel;

/** Where a kernel came from. */
public enum CacheTier {
  /** This process had it. */
  MEMORY,
  /** A kernel pack on the class path had it. */
  PACK,
  /** The cache folder had it. */
  DISK,
  /** It was assembled. */
  ASSEMBLED
}
