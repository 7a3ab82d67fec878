package dev.deepgemm.api.config;

/** Whether the two CTAs of a cluster share a tile of one operand, fetched once for both. */
public enum Multicast {
  /** No cluster: each CTA loads its own tiles. */
  NONE(1),
  /** Two CTAs with the same rows and neighbouring columns share the tile of A. */
  ON_A(2),
  /** Two CTAs with the same columns and neighbouring rows share the tile of B. */
  ON_B(2);

  private final int ctas;

  Multicast(int ctas) {
    this.ctas = ctas;
  }

  /** CTAs in a cluster: 1 or 2. */
  public int ctas() {
    return ctas;
  }
}
