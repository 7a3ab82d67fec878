package dev.deepgemm.workloads;

/**
 * Attention heads of a model; 0 where it does not say.
 *
 * @param query heads of Q
 * @param keyValue heads of K and of V
 */
record Heads(int query, int keyValue) {
  static final Heads UNKNOWN = new Heads(0, 0);
}
